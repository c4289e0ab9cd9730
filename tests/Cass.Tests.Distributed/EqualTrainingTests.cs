using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>In float64 and with synchronised batch norms, several processes train as one does.</summary>
public sealed class EqualTrainingTests(DistributedRuns runs)
{
    /// <summary>Far above the rounding of sums in another order, far below what one image more or less would make.</summary>
    private const double Tolerance = 1e-8;

    public static TheoryData<string, string> Short =>
        new(from implementation in (string[])[MpiLauncher.OpenMpi, MpiLauncher.Mpich] from method in DistributedRuns.Methods.Split('+') select (implementation, method));

    [Theory]
    [MemberData(nameof(Short))]
    public void Every_process_has_the_weights_and_figures_of_one_that_trains_alone(string implementation, string method)
    {
        var together = runs.Together(implementation);
        for (var rank = 0; rank < DistributedRuns.ProcessesOf(implementation); rank++)
        {
            var (difference, name) = ResultFolder.Compare(Path.Combine(runs.Alone, $"{method}-0.safetensors"), Path.Combine(together, $"{method}-{rank}.safetensors"));
            Assert.True(difference < Tolerance, $"Process {rank}: '{name}' differs by {difference}.");
        }
    }

    [Theory]
    [InlineData("published+cass-vicreg+cass-barlow+cass-simsiam+cass-byol+dino-cnn", "images=80")]
    [InlineData("vicreg+barlow+simclr+simsiam+moco+emp+locality+distill", "images=80")]
    [InlineData("cass+published+byol", "images=112", "accumulate=2", "clear=0")]
    [InlineData("cass+byol+dino+finetune", "images=80", "checkpointing=1")]
    [Trait("Category", LongTests.Category)]
    public void So_it_is_for_every_method_and_for_gradients_of_several_batches(params string[] settings)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to train by every method.");
        var launcher = MpiLauncher.Require(MpiLauncher.OpenMpi);
        using var alone = new ResultFolder();
        using var together = new ResultFolder();
        MpiLauncher.RunAlone(["train", alone.Path, $"what={settings[0]}", .. settings[1..]]).RequireSuccess();
        launcher.Run(2, ["train", together.Path, $"what={settings[0]}", .. settings[1..]]).RequireSuccess();
        foreach (var method in settings[0].Split('+'))
        {
            var (difference, name) = ResultFolder.Compare(alone.Result(method), together.Result(method));
            Assert.True(difference < Tolerance, $"{method}: '{name}' differs by {difference}.");
        }
    }
}
