using BrainMri.Phantoms;
using Cass.Losses;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cass.Tests.Training.Methods;

/// <summary>
/// At the default rate, without a schedule, the verdict on collapse is raised where what keeps a method from it is taken away, and only there: on
/// phantoms of heads, with a CNN and with a transformer.
/// </summary>
public sealed class CollapseOnPhantomsTests
{
    private const int StepsPerEpoch = 10;
    private const int Epochs = 13;

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void SimSiam_without_its_stopped_gradient(string network)
    {
        var (with, without) = (Run(safe: true), Run(safe: false));
        Assert.DoesNotContain(with, IsRaised);
        Assert.True(without.TakeLast(5).Count(IsRaised) >= 4, string.Join(' ', without));

        List<CollapseVerdict> Run(bool safe) => Verdicts(network, backbone => new SimSiamMethod(
            backbone,
            new SimSiamMethodOptions { ProjectionWidth = 512, PredictorWidth = 128, StopGradient = safe }));
    }

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void VICReg_without_variance(string network)
    {
        var (with, without) = (Run(variance: 25), Run(variance: 0));
        Assert.DoesNotContain(with, IsRaised);
        Assert.True(without.TakeLast(5).All(IsRaised), string.Join(' ', without));

        List<CollapseVerdict> Run(double variance) => Verdicts(network, backbone => new VicRegMethod(
            backbone,
            new VicRegMethodOptions { HiddenWidth = 256, EmbeddingWidth = 256, VarianceWeight = variance }));
    }

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void SimCLR_without_negatives(string network)
    {
        // Its last batch norm throws projections off the line that they have come to lie on, so that the verdict comes and goes.
        var (with, without) = (Run(negatives: true), Run(negatives: false));
        Assert.DoesNotContain(with, IsRaised);
        Assert.Contains(without, IsRaised);

        List<CollapseVerdict> Run(bool negatives) => Verdicts(network, backbone => new SimClrMethod(
            backbone,
            new SimClrMethodOptions { HiddenWidth = 512, ProjectionWidth = 128 },
            negatives ? null : new NormalizedL2SimilarityLoss()));
    }

    private static bool IsRaised(CollapseVerdict verdict) => verdict != CollapseVerdict.Healthy;

    private static List<CollapseVerdict> Verdicts(string network, Func<Backbone, ISelfSupervisedMethod> create)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = create(backbone);
        var options = new PretrainingOptions { Epochs = Epochs, BatchSize = 16 };
        options.LearningRate.Schedule = ScheduleKind.Constant;
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" }, NullLogger.Instance);
        return [.. pretrainer.Run([.. PhantomDataset.Images(16 * StepsPerEpoch, size: 32)]).History.Select(row => row.Verdict!.Value)];
    }
}
