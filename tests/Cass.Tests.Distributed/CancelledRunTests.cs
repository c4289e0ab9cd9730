using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>
/// A run that is cancelled in one process is saved by the main one, though the other has nothing to write and would leave at once, with an exit code that ends all. The
/// networks are so large that writing them takes longer than leaving.
/// </summary>
public sealed class CancelledRunTests
{
    private static readonly string[] Settings = ["what=byol", "wide=600", "images=16", "batch=8"];

    [Fact]
    public void A_run_whose_cancellation_is_caught_goes_on_from_its_checkpoint() => CancelAndResume(MpiLauncher.OpenMpi, "cancel=0,1 catch=1");

    [Theory]
    [InlineData(MpiLauncher.OpenMpi, "cancel=0,1")]
    [InlineData(MpiLauncher.OpenMpi, "cancel=1,0 catch=1")]
    [InlineData(MpiLauncher.Mpich, "cancel=0,1 catch=1")]
    [InlineData(MpiLauncher.Mpich, "cancel=0,1")]
    [Trait("Category", LongTests.Category)]
    public void So_does_any_other(string implementation, string cancellation)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to cancel in every way.");
        CancelAndResume(implementation, cancellation);
    }

    private static void CancelAndResume(string implementation, string cancellation)
    {
        var launcher = MpiLauncher.Require(implementation);
        using var folder = new ResultFolder();
        string[] arguments = ["train", folder.Path, .. Settings, $"checkpoints={Path.Combine(folder.Path, "checkpoints")}"];
        var ended = launcher.Run(2, [.. arguments, .. cancellation.Split(' ')]);
        Assert.NotEqual(0, ended.ExitCode);
        foreach (var rank in (int[])[0, 1])
        {
            Assert.Contains($"cancelled in {rank} with 1 checkpoints", ended.Output, StringComparison.Ordinal);
        }

        var completed = launcher.Run(2, arguments).RequireSuccess();
        Assert.Contains("Going on from", completed.Error, StringComparison.Ordinal);
    }
}
