using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>Two hosts that talk over TCP, whose cable is cut in the middle of a run.</summary>
public sealed class CutNetworkTests
{
    private const double Tolerance = 1e-8;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Category", LongTests.Category)]
    public void A_cut_network_ends_the_processes_of_both_hosts_and_the_run_goes_on_when_it_is_mended()
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to cut a network.");
        MpiLauncher.Require(MpiLauncher.OpenMpi);
        using var alone = new ResultFolder();
        using var folder = new ResultFolder();
        using var hosts = new TwoHosts(folder.Path);
        string[] settings = ["what=cass", "images=40", "batch=8", "epochs=6"];
        MpiLauncher.RunAlone(["train", alone.Path, .. settings]).RequireSuccess();
        string[] arguments = ["train", folder.Path, .. settings, $"checkpoints={Path.Combine(folder.Path, "checkpoints")}"];
        using (var running = MpiLauncher.StartBy(hosts.Launcher, timeout: 8, [.. arguments, "talk=1"]))
        {
            running.WaitUntil(() => running.Output.Split("batch").Length > 8);
            hosts.Cut();
            var clock = Stopwatch.StartNew();
            FailureTests.RequireGone(folder.Processes(2)!, TimeSpan.FromSeconds(20));
            var ended = running.WaitForEnd(Soon);
            Assert.NotEqual(0, ended.ExitCode);
            Assert.True(
                ended.Error.Contains("waited 8 seconds", StringComparison.Ordinal) || ended.Error.Contains("lost communication", StringComparison.Ordinal),
                $"After {clock.Elapsed}: {ended.Error}");
        }

        hosts.Mend();
        using var resumed = MpiLauncher.StartBy(hosts.Launcher, timeout: 60, arguments);
        var completed = resumed.WaitForEnd(TimeSpan.FromMinutes(3)).RequireSuccess();
        Assert.Contains("Going on from", completed.Error, StringComparison.Ordinal);
        var (difference, name) = ResultFolder.Compare(alone.Result("cass"), folder.Result("cass"));
        Assert.True(difference < Tolerance, $"'{name}' differs by {difference}.");
    }
}
