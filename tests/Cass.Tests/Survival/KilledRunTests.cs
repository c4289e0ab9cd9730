using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Survival;

[Collection(ProcessCollection.Name)]
public sealed class KilledRunTests
{
    private static readonly int Kills = LongTests.Repeats(50, 10);

    [Trait("Category", LongTests.Category)]
    [Fact]
    public void A_run_killed_at_random_moments_ends_bit_equal_to_an_undisturbed_one()
    {
        using var undisturbed = new TemporaryFolder();
        var expected = TrainingProcess.Run(undisturbed.Path);
        Assert.NotEmpty(expected);

        var random = new Random(20261124);
        var (kills, whileWriting, ends) = (0, 0, 0);
        while (kills < Kills)
        {
            using var folder = new TemporaryFolder();
            for (var result = string.Empty; result.Length == 0;)
            {
                result = TrainingProcess.RunAndKill(folder.Path, process => Waited(process, folder.Path, random, kills));
                if (result.Length == 0)
                {
                    kills++;
                    whileWriting += Directory.GetFiles(folder.Path, ".*.tmp").Length > 0 ? 1 : 0;
                }
                else
                {
                    Assert.Equal(expected, result);
                    ends++;
                }
            }
        }

        Assert.True(ends > 0);
        Assert.True(whileWriting > 0, "No kill fell into the writing of a checkpoint.");
        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {whileWriting} of them while writing, {ends} ends");
    }

    /// <summary>Waits for the first checkpoint of this start, then a random while; false where the process ends by itself.</summary>
    private static bool Waited(Process process, string folder, Random random, int kill)
    {
        // Some kills come before anything is written, one in eight.
        var started = Stopwatch.StartNew();
        var before = Newest(folder);
        while (kill % 8 != 0 && Newest(folder) == before && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        var patience = kill % 8 == 0 ? 400 : 250;
        var wait = TimeSpan.FromMilliseconds(random.NextDouble() * patience);
        return !process.WaitForExit(wait) && started.Elapsed > TimeSpan.Zero;
    }

    private static string? Newest(string folder) => Directory.EnumerateFiles(folder, "*.json").Max(StringComparer.Ordinal);
}
