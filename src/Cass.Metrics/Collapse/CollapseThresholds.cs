namespace Cass.Metrics;

/// <summary>
/// Where <see cref="CollapseVerdict"/>s begin.
/// </summary>
/// <remarks>
/// <para>The spread decides between one point and many. Measured on ResNet-18 and ViT-Tiny pretrained on brain MRI at
/// 64×64: 0.0003 and 0.0005 after the published loop, which never clears gradients; 0.002 and 0.005 with gradients
/// cleared, where the objective alone still collapses; 0.72 and 0.89 with VICReg's variance and covariance terms, which
/// does not. The same networks and ResNet-50, fresh from random weights and in training mode, begin at 0.53 to 0.64.
/// <see cref="CollapsedSpread"/> lies ten times above the largest collapsed value; <see cref="HealthySpread"/> at half
/// of the smallest value that a run begins with, and a third of the smallest healthy one, so that what falls below it
/// has been drawn together by training.</para>
/// <para>Measure in training mode, as the loss sees the embeddings. In evaluation mode a batch norm that has hardly been
/// trained lets a constant part through: the untrained ResNets show 0.18 to 0.27 there.</para>
/// <para>The share of the first principal component decides between a line and more. Telling k classes apart takes k − 1
/// directions; even two classes and a line between them leave more than 1 % to the variation within classes.</para>
/// </remarks>
public sealed record CollapseThresholds
{
    /// <summary>A spread below this is <see cref="CollapseVerdict.Collapsed"/>. In (0, 1). Default 0.05.</summary>
    public double CollapsedSpread { get; init; } = 0.05;

    /// <summary>
    /// A spread below this, but not below <see cref="CollapsedSpread"/>, is <see cref="CollapseVerdict.Collapsing"/>. At
    /// least <see cref="CollapsedSpread"/> and at most 1. Default 0.25.
    /// </summary>
    public double HealthySpread { get; init; } = 0.25;

    /// <summary>
    /// A share of the variance in the first principal component above this is <see cref="CollapseVerdict.Collapsed"/>.
    /// At least <see cref="HealthyTopComponentShare"/> and at most 1. Default 0.99.
    /// </summary>
    public double CollapsedTopComponentShare { get; init; } = 0.99;

    /// <summary>
    /// A share of the variance in the first principal component above this, but not above
    /// <see cref="CollapsedTopComponentShare"/>, is <see cref="CollapseVerdict.Collapsing"/>. In (0, 1). Default 0.9.
    /// </summary>
    public double HealthyTopComponentShare { get; init; } = 0.9;

    /// <summary>Judges embeddings.</summary>
    /// <param name="statistics">Their statistics.</param>
    /// <returns>The worse of what the spread and the first component say.</returns>
    public CollapseVerdict Judge(EmbeddingStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        Validate();
        return (CollapseVerdict)Math.Max((int)JudgeSpread(statistics.Spread), (int)JudgeTopComponent(statistics));
    }

    internal CollapseVerdict JudgeSpread(double spread) =>
        spread < CollapsedSpread ? CollapseVerdict.Collapsed : spread < HealthySpread ? CollapseVerdict.Collapsing : CollapseVerdict.Healthy;

    internal CollapseVerdict JudgeTopComponent(EmbeddingStatistics statistics)
    {
        // One dimension, or two samples, always lie on a line: that says nothing.
        if (Math.Min(statistics.Samples - 1, statistics.Dimensions) < 2)
        {
            return CollapseVerdict.Healthy;
        }

        return statistics.TopComponentShare > CollapsedTopComponentShare ? CollapseVerdict.Collapsed
            : statistics.TopComponentShare > HealthyTopComponentShare ? CollapseVerdict.Collapsing
            : CollapseVerdict.Healthy;
    }

    internal void Validate()
    {
        if (!(CollapsedSpread > 0 && CollapsedSpread <= HealthySpread && HealthySpread <= 1))
        {
            throw new CassInputException(
                $"{nameof(CollapsedSpread)} is {CollapsedSpread} and {nameof(HealthySpread)} {HealthySpread}; it must be 0 < {nameof(CollapsedSpread)} ≤ {nameof(HealthySpread)} ≤ 1.");
        }

        if (!(HealthyTopComponentShare > 0 && HealthyTopComponentShare <= CollapsedTopComponentShare && CollapsedTopComponentShare <= 1))
        {
            throw new CassInputException(
                $"{nameof(HealthyTopComponentShare)} is {HealthyTopComponentShare} and {nameof(CollapsedTopComponentShare)} {CollapsedTopComponentShare}; it must be 0 < {nameof(HealthyTopComponentShare)} ≤ {nameof(CollapsedTopComponentShare)} ≤ 1.");
        }
    }
}
