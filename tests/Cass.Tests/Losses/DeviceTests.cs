using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

/// <summary>
/// What happens off the CPU. A tensor on torch's meta device has no values: whatever reads one fails, so a loss that
/// goes through has not waited for its device. Class weights and centres must have moved with the module.
/// </summary>
public sealed class DeviceTests
{
    [Fact]
    public void Losses_read_no_value_and_take_their_buffers_along()
    {
        using var scope = NewDisposeScope();

        // Torch has no meta kernel for the log-sigmoid of the stable form.
        using var focal = new FocalLoss(classWeights: [1, 2, 3], form: FocalLossForm.Published);
        using var softmaxFocal = new SoftmaxFocalLoss(classWeights: [1, 2, 3]);
        using var smoothing = new LabelSmoothingCrossEntropyLoss();
        using var similarity = new NormalizedL2SimilarityLoss();
        using var dino = new DinoLoss(3);
        using var distillation = new DistillationLoss();
        using var byol = new ByolLoss();
        using var simSiam = new NegativeCosineSimilarityLoss();
        using var vicReg = new VicRegLoss();
        using var barlow = new BarlowTwinsLoss();
        using var codingRate = new TotalCodingRateLoss();
        using var features = new FeatureDistillationLoss();
        Assert.Contains("to(device)", Assert.Throws<ArgumentException>(() => focal.forward(Meta(4, 3), Meta(4, 3))).Message, StringComparison.Ordinal);
        Assert.Contains("to(device)", Assert.Throws<ArgumentException>(() => dino.forward(Meta(2, 4, 3), Meta(1, 4, 3))).Message, StringComparison.Ordinal);
        foreach (var loss in new Module[] { focal, softmaxFocal, dino })
        {
            loss.to(META);
        }

        var classes = zeros(4, ScalarType.Int64, META);
        Assert.Empty(focal.forward(Meta(4, 3), Meta(4, 3)).shape);
        Assert.Empty(softmaxFocal.forward(Meta(4, 3), classes).shape);
        Assert.Empty(softmaxFocal.forward(Meta(4, 3), Meta(4, 3)).shape);
        Assert.Empty(smoothing.forward(Meta(4, 3), classes).shape);
        Assert.Empty(dino.forward(Meta(2, 4, 3), Meta(1, 4, 3)).shape);
        Assert.Empty(codingRate.forward(Meta(4, 3)).shape);
        Assert.Empty(codingRate.forward(Meta(2, 3, 4)).shape);
        foreach (var loss in new Module<Tensor, Tensor, Tensor>[] { similarity, distillation, byol, simSiam, vicReg, barlow, features })
        {
            Assert.Empty(loss.forward(Meta(4, 3), Meta(4, 3)).shape);
        }

        static Tensor Meta(params long[] shape) => zeros(shape, ScalarType.BFloat16, META);
    }
}
