namespace Cass.TorchVision;

/// <summary>An operation with the magnitudes that a policy draws from.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="IsSigned">Whether a magnitude is turned round half of the times.</param>
/// <param name="Magnitude">The magnitude of a bin, for images of a height and width; null for an operation without one.</param>
internal sealed record AugmentationRange(AugmentationOperation Operation, bool IsSigned, Func<int, (long Height, long Width), double>? Magnitude)
{
    /// <summary>Magnitudes at equal distances from one value to another.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="last">The magnitude of the last bin.</param>
    /// <param name="bins">Number of bins, at least 2.</param>
    /// <param name="first">The magnitude of the first bin.</param>
    public static AugmentationRange Signed(AugmentationOperation operation, double last, int bins, double first = 0) =>
        new(operation, IsSigned: true, (bin, _) => Between(first, last, bins, bin));

    /// <summary>A shift by up to a share of the image's width or height.</summary>
    public static AugmentationRange Shift(AugmentationOperation operation, double share, int bins) => new(
        operation,
        IsSigned: true,
        (bin, size) => Between(0, share * (operation == AugmentationOperation.TranslateX ? size.Width : size.Height), bins, bin));

    /// <summary>Bits that posterising keeps, from the first bin to the last.</summary>
    public static AugmentationRange Bits(int first, int last, int bins) =>
        new(AugmentationOperation.Posterize, IsSigned: false, (bin, _) => first - Math.Round((float)bin / (float)((bins - 1) / (double)(first - last)), MidpointRounding.ToEven));

    /// <summary>Thresholds from 255 to 0.</summary>
    public static AugmentationRange Thresholds(int bins) => new(AugmentationOperation.Solarize, IsSigned: false, (bin, _) => Between(255, 0, bins, bin));

    /// <summary>An operation without a magnitude.</summary>
    public static AugmentationRange Plain(AugmentationOperation operation) => new(operation, IsSigned: false, Magnitude: null);

    /// <summary>Draws one of several operations, evenly, and the sign of a signed one.</summary>
    /// <param name="ranges">The operations.</param>
    /// <param name="bin">The bin; null draws one of <paramref name="bins"/>, for an operation with a magnitude.</param>
    /// <param name="bins">Number of bins to draw from.</param>
    /// <param name="random">The source of randomness.</param>
    public static DrawnOperation Draw(IReadOnlyList<AugmentationRange> ranges, int? bin, int bins, Random random)
    {
        var range = ranges[random.Next(ranges.Count)];
        var drawn = range.Magnitude is null ? 0 : bin ?? random.Next(bins);
        return new DrawnOperation(range, drawn, range.IsSigned && random.Next(2) == 1);
    }

    private static double Between(double first, double last, int bins, int bin) => first + ((last - first) * bin / (bins - 1));
}
