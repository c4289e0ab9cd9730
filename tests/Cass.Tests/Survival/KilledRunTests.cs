using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Survival;

[Collection(ProcessCollection.Name)]
public sealed class KilledRunTests
{
    private static readonly int Kills = LongTests.Repeats(50, 8);

    [Trait("Category", LongTests.Category)]
    [Fact]
    public void A_run_killed_at_random_moments_ends_bit_equal_to_an_undisturbed_one()
    {
        using var undisturbed = new TemporaryFolder();
        var expected = TrainingProcess.Run(undisturbed.Path);
        Assert.NotEmpty(expected);

        var random = new Random(20261124);
        var (kills, whileWriting, ends) = (0, 0, 0);
        while (kills < Kills || (whileWriting == 0 && kills < 10 * Kills))
        {
            using var folder = new TemporaryFolder();
            for (var result = string.Empty; result.Length == 0;)
            {
                result = TrainingProcess.RunAndKill(folder.Path, process => Waited(process, folder.Path, random, kills));
                if (result.Length == 0)
                {
                    kills++;
                    whileWriting += Unfinished(folder.Path).Length > 0 ? 1 : 0;
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

    /// <summary>
    /// Waits for the moment of a kill; false where the process ends by itself. One kill in eight comes before anything is
    /// written, one in four while a checkpoint is being written, the others at a random moment after the first one.
    /// </summary>
    private static bool Waited(Process process, string folder, Random random, int kill)
    {
        if (kill % 4 == 1)
        {
            var earlier = Unfinished(folder);
            while (!process.HasExited && Unfinished(folder).All(earlier.Contains))
            {
                Thread.Yield();
            }

            return !process.HasExited;
        }

        var before = Newest(folder);
        while (kill % 8 != 0 && Newest(folder) == before && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        var patience = kill % 8 == 0 ? 400 : 250;
        return !process.WaitForExit(TimeSpan.FromMilliseconds(random.NextDouble() * patience));
    }

    /// <summary>The temporary files of checkpoints that are being written, or whose writing was cut off.</summary>
    private static string[] Unfinished(string folder) => Directory.GetFiles(folder, ".*.tmp");

    private static string? Newest(string folder) => Directory.EnumerateFiles(folder, "*.json").Max(StringComparer.Ordinal);
}
