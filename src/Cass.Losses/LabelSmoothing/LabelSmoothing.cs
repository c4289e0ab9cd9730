using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// Softens targets before they reach a loss such as <see cref="FocalLoss"/>: t·(1 − ε) + ε·u, where u is 1/classes for
/// labels that exclude one another and ½ for independent ones.
/// </summary>
/// <remarks>
/// <para>Targets of 0 and 1 become, for independent labels, ε/2 and 1 − ε/2. Half and bfloat16 stay as they are; targets
/// that are not floating point become float32.</para>
/// <para>Source: Szegedy et al. 2016 (arXiv 1512.00567), section 7.</para>
/// </remarks>
public sealed class LabelSmoothing : Module<Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="epsilon">Share ε of the target that is spread evenly, in [0, 1). Default 0.1.</param>
    /// <param name="kind">Whether the labels of an image exclude one another. By default they are independent.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public LabelSmoothing(double epsilon = 0.1, LabelKind kind = LabelKind.Independent)
        : base(nameof(LabelSmoothing))
    {
        LossArguments.RequireShare(nameof(LabelSmoothing), nameof(epsilon), epsilon, oneAllowed: false);
        Epsilon = epsilon;
        Kind = kind;
    }

    /// <summary>Share ε of the target that is spread evenly.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the labels of an image exclude one another.</summary>
    public LabelKind Kind { get; }

    /// <summary>Smooths targets.</summary>
    /// <param name="input">Targets in [0, 1]: [batch, classes] of any real type or bool.</param>
    /// <returns>Float [batch, classes].</returns>
    /// <exception cref="ArgumentException">The targets are not [batch, classes].</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        LossArguments.RequireMatrix(nameof(LabelSmoothing), "targets", input, "[batch, classes]");
        using var scope = NewDisposeScope();
        var targets = input.is_floating_point() ? input : input.to(ScalarType.Float32);
        var uniform = Kind == LabelKind.Exclusive ? 1.0 / input.shape[1] : 0.5;
        return targets.Times(1 - Epsilon).Plus(Epsilon * uniform).MoveToOuterDisposeScope();
    }
}
