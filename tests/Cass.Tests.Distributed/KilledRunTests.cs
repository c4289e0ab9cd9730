using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>A run of which one process is killed ends, and is resumed with as many processes or with another number of them.</summary>
public sealed class KilledRunTests
{
    private const double Tolerance = 1e-8;
    private static readonly string[] Settings = ["what=cass+finetune", "images=40", "batch=8", "epochs=4"];

    [Fact]
    public void A_killed_process_ends_the_run_which_another_number_of_processes_completes() => KillAndResume(MpiLauncher.OpenMpi, processes: 2, resumed: [3], kills: 1, seed: 1);

    [Theory]
    [InlineData(MpiLauncher.OpenMpi)]
    [InlineData(MpiLauncher.Mpich)]
    [Trait("Category", LongTests.Category)]
    public void So_it_is_at_ten_random_moments(string implementation)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to kill at ten moments.");
        KillAndResume(implementation, processes: 2, resumed: [2, 3, 2, 1], kills: 10, seed: 5);
    }

    private static void KillAndResume(string implementation, int processes, int[] resumed, int kills, int seed)
    {
        var launcher = MpiLauncher.Require(implementation);
        using var alone = new ResultFolder();
        MpiLauncher.RunAlone(["train", alone.Path, .. Settings]).RequireSuccess();
        var random = new Random(seed);
        for (var kill = 0; kill < kills; kill++)
        {
            using var folder = new ResultFolder();
            string[] arguments = ["train", folder.Path, .. Settings, $"checkpoints={Path.Combine(folder.Path, "checkpoints")}"];
            using (var running = launcher.Start(processes, [.. arguments, "talk=1"]))
            {
                running.WaitUntil(() => folder.Processes(processes) is not null);
                var moment = random.Next(1, 16);
                running.WaitUntil(() => running.Output.Split("batch").Length > moment);
                Thread.Sleep(random.Next(30));
                var clock = Stopwatch.StartNew();
                using (var victim = Process.GetProcessById(folder.Processes(processes)![random.Next(processes)]))
                {
                    victim.Kill();
                }

                var ended = running.WaitForEnd(TimeSpan.FromSeconds(30));
                Assert.NotEqual(0, ended.ExitCode);
                FailureTests.RequireGone(folder.Processes(processes)!);
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
            }

            var next = resumed[kill % resumed.Length];
            var completed = (next == 1 ? MpiLauncher.RunAlone(arguments) : launcher.Run(next, arguments)).RequireSuccess();
            Assert.Contains("Going on from", completed.Error, StringComparison.Ordinal);
            foreach (var what in (string[])["cass", "finetune"])
            {
                var (difference, name) = ResultFolder.Compare(alone.Result(what), folder.Result(what));
                Assert.True(difference < Tolerance, $"After kill {kill + 1}, {what}: '{name}' differs by {difference}.");
            }
        }
    }
}
