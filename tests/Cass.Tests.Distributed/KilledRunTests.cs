using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>A run of which one process is killed ends, and is resumed with as many processes or with another number of them.</summary>
public sealed class KilledRunTests
{
    private const double Tolerance = 1e-8;
    private static readonly string[] Settings = ["what=cass+finetune", "images=40", "batch=8", "epochs=4"];
    private static readonly string[] FewSettings = ["what=cass", "images=40", "batch=8", "epochs=2"];

    [Fact]
    public void A_killed_process_ends_the_run_which_another_number_of_processes_completes() => KillAndResume(MpiLauncher.OpenMpi, FewSettings, steps: 8, resumed: [3], kills: 1, seed: 1);

    [Theory]
    [InlineData(MpiLauncher.OpenMpi)]
    [InlineData(MpiLauncher.Mpich)]
    [Trait("Category", LongTests.Category)]
    public void So_it_is_at_ten_random_moments(string implementation)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to kill at ten moments.");
        KillAndResume(implementation, Settings, steps: 16, resumed: [2, 3, 2, 1], kills: 10, seed: 5);
    }

    private static void KillAndResume(string implementation, string[] settings, int steps, int[] resumed, int kills, int seed)
    {
        const int Processes = 2;
        var launcher = MpiLauncher.Require(implementation);
        using var alone = new ResultFolder();
        MpiLauncher.RunAlone(["train", alone.Path, .. settings]).RequireSuccess();
        var random = new Random(seed);
        for (var kill = 0; kill < kills; kill++)
        {
            using var folder = new ResultFolder();
            string[] arguments = ["train", folder.Path, .. settings, $"checkpoints={Path.Combine(folder.Path, "checkpoints")}"];
            using (var running = launcher.Start(Processes, [.. arguments, "talk=1"]))
            {
                running.WaitUntil(() => folder.Processes(Processes) is not null);
                var moment = random.Next(1, steps);
                running.WaitUntil(() => running.Output.Split("batch").Length > moment);
                Thread.Sleep(random.Next(30));
                var clock = Stopwatch.StartNew();
                using (var victim = Process.GetProcessById(folder.Processes(Processes)![random.Next(Processes)]))
                {
                    victim.Kill();
                }

                var ended = running.WaitForEnd(TimeSpan.FromSeconds(30));
                Assert.NotEqual(0, ended.ExitCode);
                FailureTests.RequireGone(folder.Processes(Processes)!);
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
            }

            var next = resumed[kill % resumed.Length];
            var completed = (next == 1 ? MpiLauncher.RunAlone(arguments) : launcher.Run(next, arguments)).RequireSuccess();
            Assert.Contains("Going on from", completed.Error, StringComparison.Ordinal);
            foreach (var what in settings[0]["what=".Length..].Split('+'))
            {
                var (difference, name) = ResultFolder.Compare(alone.Result(what), folder.Result(what));
                Assert.True(difference < Tolerance, $"After kill {kill + 1}, {what}: '{name}' differs by {difference}.");
            }
        }
    }
}
