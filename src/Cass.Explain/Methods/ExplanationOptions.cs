namespace Cass.Explain;

/// <summary>What occlusion and integrated gradients leave to choose. The other methods have no options.</summary>
public sealed record ExplanationOptions
{
    /// <summary>Nodes of the rule for a part of the way of integrated gradients.</summary>
    internal const int NodesOfPart = 10;

    /// <summary>Side of the square that <see cref="ExplanationMethod.Occlusion"/> covers, in pixels of the network's input, from 1 to its smaller side.</summary>
    /// <value>Default null: a quarter of the smaller side.</value>
    public int? OcclusionSize { get; init; }

    /// <summary>How far apart the squares are, in pixels of the network's input, from 1 to <see cref="OcclusionSize"/>. Half of it takes four times the work.</summary>
    /// <value>Default null: a quarter of the square's side, and at least 1.</value>
    public int? OcclusionStride { get; init; }

    /// <summary>What squares are covered with.</summary>
    /// <value>Default <see cref="Baseline.Mean"/>, the grey of the paper.</value>
    public Baseline OcclusionFill { get; init; } = Baseline.Mean;

    /// <summary>
    /// Images between the baseline and the image at which <see cref="ExplanationMethod.IntegratedGradients"/> takes the gradient at the most, from 10 to
    /// 100,000. It takes 10, and 20 more for each part of the way that it has to look at more closely.
    /// </summary>
    /// <value>Default 500. <see cref="Explanation.CompletenessGap"/> says whether they were enough.</value>
    public int IntegrationSteps { get; init; } = 500;

    /// <summary>
    /// How exact <see cref="ExplanationMethod.IntegratedGradients"/> is: the relevance adds up to the difference between the logits of image and baseline but for this share of it,
    /// above 0 and up to 1, if <see cref="IntegrationSteps"/> allow it.
    /// </summary>
    /// <value>Default 0.01.</value>
    public double IntegrationTolerance { get; init; } = 0.01;

    /// <summary>Where <see cref="ExplanationMethod.IntegratedGradients"/> begins. What looks like the baseline gets no relevance.</summary>
    /// <value>Default <see cref="Baseline.Black"/>, as in the paper.</value>
    public Baseline IntegrationBaseline { get; init; } = Baseline.Black;

    /// <summary>How many altered images the network computes at once, from 1 to 4096: memory against time.</summary>
    /// <value>Default 16.</value>
    public int BatchSize { get; init; } = 16;

    /// <summary>Requires options in their ranges.</summary>
    /// <exception cref="CassInputException">One is not; it is named with its value and range.</exception>
    internal void Check(long height, long width)
    {
        var smaller = Math.Min(height, width);
        Require(OcclusionSize is null || (OcclusionSize >= 1 && OcclusionSize <= smaller), nameof(OcclusionSize), OcclusionSize, $"from 1 to {smaller}, the smaller side of the network's input of {height}×{width}, or null");
        var size = SizeFor(height, width);
        Require(OcclusionStride is null || (OcclusionStride >= 1 && OcclusionStride <= size), nameof(OcclusionStride), OcclusionStride, $"from 1 to the square's side, {size}, or null");
        Require(IntegrationSteps is >= NodesOfPart and <= 100_000, nameof(IntegrationSteps), IntegrationSteps, $"from {NodesOfPart} to 100000");
        Require(IntegrationTolerance is > 0 and <= 1, nameof(IntegrationTolerance), IntegrationTolerance, "above 0 and up to 1");
        Require(BatchSize is >= 1 and <= 4096, nameof(BatchSize), BatchSize, "from 1 to 4096");
        Require(Enum.IsDefined(OcclusionFill), nameof(OcclusionFill), OcclusionFill, "Mean or Black");
        Require(Enum.IsDefined(IntegrationBaseline), nameof(IntegrationBaseline), IntegrationBaseline, "Mean or Black");
    }

    /// <summary>The side of the squares on an input.</summary>
    internal int SizeFor(long height, long width) => OcclusionSize ?? (int)Math.Max(1, Math.Min(height, width) / 4);

    /// <summary>How far apart they are.</summary>
    internal int StrideFor(long height, long width) => OcclusionStride ?? Math.Max(1, SizeFor(height, width) / 4);

    private static void Require(bool isFine, string name, object? value, string range)
    {
        if (!isFine)
        {
            throw new CassInputException($"{nameof(ExplanationOptions)}.{name} is {value}; it must be {range}.");
        }
    }
}
