namespace Cass.Data;

/// <summary>
/// Mean and standard deviation of each channel of images in [0, 1]; networks take (x − mean) / std. One entry for
/// greyscale input, three for RGB.
/// </summary>
public sealed record ChannelStatistics
{
    /// <summary>Creates the statistics.</summary>
    /// <param name="mean">Mean of each channel, in [0, 1].</param>
    /// <param name="std">Standard deviation of each channel, population form, above 0.</param>
    /// <exception cref="CassInputException">The numbers are not one or three of each, or out of range.</exception>
    public ChannelStatistics(IEnumerable<double> mean, IEnumerable<double> std)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(std);
        Mean = [.. mean];
        Std = [.. std];
        if (Mean.Count is not (1 or 3) || Std.Count != Mean.Count)
        {
            throw new CassInputException($"Channel statistics need one or three means and as many standard deviations, not {Mean.Count} and {Std.Count}.");
        }

        if (Mean.FirstOrDefault(m => !double.IsFinite(m), 0) is var badMean && !double.IsFinite(badMean))
        {
            throw new CassInputException($"A channel's mean is {badMean}; it must be a number, for images in [0, 1].");
        }

        foreach (var value in Std)
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                throw new CassInputException($"A channel's standard deviation is {value}; it must be above 0. Are all images of one colour?");
            }
        }
    }

    /// <summary>The published figures of the brain tumour MRI training images.</summary>
    public static ChannelStatistics BrainTumorMri { get; } = new([0.1857, 0.1857, 0.1858], [0.2018, 0.2018, 0.2018]);

    /// <summary>Those of ImageNet, which most pretrained weights were made with.</summary>
    public static ChannelStatistics ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>0.5 for all, which maps [0, 1] to [−1, 1]: timm's <c>IMAGENET_INCEPTION_MEAN</c> and <c>…_STD</c>, for the ViT of the papers.</summary>
    public static ChannelStatistics Half { get; } = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    /// <summary>Mean of each channel.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Standard deviation of each channel.</summary>
    public IReadOnlyList<double> Std { get; }

    /// <summary>Number of channels, 1 or 3.</summary>
    public int Channels => Mean.Count;

    /// <inheritdoc/>
    public bool Equals(ChannelStatistics? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mean[0], Std[0], Mean.Count);
}
