using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The mean squared difference between a student's features and a teacher's, whose channels are standardised over the batch
/// and all places of a map first.
/// </summary>
/// <remarks>
/// <para>0 where the student gives the teacher's features; 1 where it gives each channel's mean, whatever the image, since every
/// channel has a variance of 1. A channel that the teacher leaves constant counts as 0. Each channel's variance has ε added. Gradients reach the
/// student alone. Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Source: Romero et al. 2015, <em>FitNets: Hints for Thin Deep Nets</em> (arXiv 1412.6550), eq. 3, which does not
/// standardise; channels of a trained network differ in scale by orders of magnitude, and the largest would be all that counts.</para>
/// </remarks>
public sealed class FeatureDistillationLoss : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="epsilon">ε, added to each channel's variance; greater than 0. Default 1e-5.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is out of its range.</exception>
    public FeatureDistillationLoss(double epsilon = 1e-5)
        : base(nameof(FeatureDistillationLoss))
    {
        LossArguments.RequireFinite(nameof(FeatureDistillationLoss), nameof(epsilon), epsilon, 0, inclusive: false);
        Epsilon = epsilon;
    }

    /// <summary>ε, added to each channel's variance.</summary>
    public double Epsilon { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">What the student gives for the teacher's standardised features: float [batch, channels] or [batch, channels, height, width].</param>
    /// <param name="input2">The teacher's features of the same images: of the same shape and device, of any floating-point type.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Shapes or devices do not fit one another, or each channel has a single value, which has no variance.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        const string Layout = "[batch, channels] or [batch, channels, height, width]";
        LossArguments.RequireFloatingPoint(nameof(FeatureDistillationLoss), "student features", input1);
        LossArguments.RequireFloatingPoint(nameof(FeatureDistillationLoss), "teacher features", input2);
        LossArguments.RequireSameShape(nameof(FeatureDistillationLoss), "student features", input1, "teacher features", input2, Layout);
        LossArguments.RequireSameDevice(nameof(FeatureDistillationLoss), "student features", input1, "teacher features", input2);
        if (input1.dim() is not (2 or 4) || input1.numel() / Math.Max(1, input1.shape[1]) < 2)
        {
            throw new ArgumentException(
                $"{nameof(FeatureDistillationLoss)}: features are {LossArguments.ShapeOf(input1)}; they must be {Layout} with at least 2 values in each channel.",
                nameof(input1));
        }

        using var scope = NewDisposeScope();
        var student = input1.ToComputeType();
        var teacher = input2.detach().to(student.dtype);
        long[] others = input1.dim() == 2 ? [0] : [0, 2, 3];
        var centered = teacher.Minus(DistributedBatch.MeanOfShares(teacher.mean(others, keepdim: true)));
        var target = centered / DistributedBatch.MeanOfShares(centered.Squared().mean(others, keepdim: true)).Plus(Epsilon).sqrt();
        return student.Minus(target).Squared().mean().MoveToOuterDisposeScope();
    }
}
