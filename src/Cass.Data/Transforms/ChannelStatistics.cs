namespace Cass.Data;

/// <summary>
/// Mean and standard deviation of each channel of images in [0, 1]; networks take (x − mean) / std. One entry for
/// greyscale input, three for RGB.
/// </summary>
public sealed record ChannelStatistics
{
    /// <summary>Creates the statistics.</summary>
    /// <param name="mean">Mean of each channel, in [0, 1].</param>
    /// <param name="std">Standard deviation of each channel, population form, from <see cref="MinStd"/> to <see cref="MaxStd"/>.</param>
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

        for (var channel = 0; channel < Mean.Count; channel++)
        {
            if (!(Mean[channel] is >= 0 and <= 1))
            {
                throw new CassInputException($"The mean of {NameOf(channel)} is {Mean[channel]}; it must be from 0 to 1, as images are in [0, 1]. Divide means of levels from 0 to 255 by 255.");
            }

            if (!(Std[channel] is >= MinStd and <= MaxStd))
            {
                throw new CassInputException($"The standard deviation of {NameOf(channel)} is {Std[channel]}; it must be from {MinStd} to {MaxStd:N0}, or what is divided by it is too large or too small to be computed with. Is the channel the same in all images? Use 1, with which a channel that is its mean everywhere becomes 0.");
            }
        }
    }

    /// <summary>Smallest standard deviation: a fortieth of a grey level of 8 bits. With it, inputs in [0, 1] span 10,000.</summary>
    public const double MinStd = 1e-4;

    /// <summary>Largest standard deviation, with which inputs in [0, 1] span no more than 0.0001.</summary>
    public const double MaxStd = 1e4;

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

    private string NameOf(int channel) => NameOf(channel, Channels);

    internal static string NameOf(int channel, int channels) => channels == 1 ? "the grey channel" : channel switch
    {
        0 => "the red channel",
        1 => "the green channel",
        _ => "the blue channel",
    };

    /// <inheritdoc/>
    public bool Equals(ChannelStatistics? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mean[0], Std[0], Mean.Count);
}
