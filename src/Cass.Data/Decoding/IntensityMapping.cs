namespace Cass.Data;

/// <summary>
/// How samples of more than 8 bits become grey levels from 0 to 255: DICOM windows, fixed ranges, or the range that an
/// image uses. Immutable.
/// </summary>
public sealed record IntensityMapping
{
    private readonly double low;
    private readonly double high;
    private readonly bool isMinMax;

    private IntensityMapping(double low, double high, bool isMinMax)
    {
        this.low = low;
        this.high = high;
        this.isMinMax = isMinMax;
    }

    /// <summary>Each image from its own smallest to its own largest sample, over all channels; a uniform image becomes black.</summary>
    public static IntensityMapping MinMax { get; } = new(0, 0, isMinMax: true);

    /// <summary>The whole range of unsigned 16-bit samples: 0 is black, 65,535 white.</summary>
    public static IntensityMapping UInt16 { get; } = Range(0, ushort.MaxValue);

    /// <summary>Whether black and white change places, as in DICOM's MONOCHROME1. Default false.</summary>
    public bool Inverted { get; init; }

    /// <summary>Whether the range is each image's own.</summary>
    internal bool IsMinMax => isMinMax;

    internal string CacheKey => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(isMinMax ? "min-max" : $"{low:R} to {high:R}")}{(Inverted ? " inverted" : string.Empty)}");

    /// <summary>A window as in DICOM (PS3.3, C.11.2.1.2.1, function LINEAR): <paramref name="width"/> grey levels about <paramref name="center"/>.</summary>
    /// <param name="center">Window centre, or level, in units of the samples.</param>
    /// <param name="width">Window width, at least 1 in units of the samples.</param>
    /// <returns>The mapping.</returns>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public static IntensityMapping Window(double center, double width)
    {
        if (!(width >= 1 && double.IsFinite(width) && double.IsFinite(center)))
        {
            throw new CassInputException($"A window of centre {center} and width {width} is impossible; the width must be at least 1. For fractional samples use {nameof(Range)}.");
        }

        // With a width of 1 the window is a step just above centre − 0.5.
        var half = (width - 1) / 2;
        return new IntensityMapping(center - 0.5 - half, center - 0.5 + half, isMinMax: false);
    }

    /// <summary>A fixed range: <paramref name="low"/> and what is below it is black, <paramref name="high"/> and what is above it white.</summary>
    /// <param name="low">The sample that becomes black.</param>
    /// <param name="high">The sample that becomes white, above <paramref name="low"/>.</param>
    /// <returns>The mapping.</returns>
    /// <exception cref="CassInputException">The range is empty or not finite.</exception>
    public static IntensityMapping Range(double low, double high) =>
        low < high && double.IsFinite(low) && double.IsFinite(high)
            ? new IntensityMapping(low, high, isMinMax: false)
            : throw new CassInputException($"An intensity range from {low} to {high} is impossible; both must be numbers, the second above the first.");

    /// <summary>This mapping for an image whose samples, of which not all are at hand at once, lie in a range.</summary>
    internal IntensityMapping Between(double lowest, double highest) => new(lowest, highest, isMinMax: false) { Inverted = Inverted };

    /// <summary>Maps samples to grey levels, to the nearest one.</summary>
    /// <param name="samples">The samples; none may be NaN or infinite.</param>
    /// <param name="levels">Takes the levels; as long as the samples.</param>
    /// <exception cref="CassInputException">A sample is NaN or infinite.</exception>
    public void Apply(ReadOnlySpan<float> samples, Span<byte> levels)
    {
        if (samples.Length != levels.Length)
        {
            throw new ArgumentException($"There are {samples.Length} samples and room for {levels.Length} levels.", nameof(levels));
        }

        var (from, to) = (low, high);
        if (isMinMax)
        {
            (from, to) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach (var sample in samples)
            {
                from = Math.Min(from, sample);
                to = Math.Max(to, sample);
            }
        }

        var scale = to > from ? 255.0 / (to - from) : 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            double sample = samples[i];
            if (!double.IsFinite(sample))
            {
                throw new CassInputException($"sample {i} is {sample}; replace samples that are no numbers before the image is used.");
            }

            // Without a slope (a window of width 1, or a uniform image) there is only below and above.
            var level = scale > 0 ? (sample - from) * scale : sample > from ? 255.0 : 0.0;
            var rounded = (byte)Math.Clamp(Math.Floor(level + 0.5), 0.0, 255.0);
            levels[i] = Inverted ? (byte)(255 - rounded) : rounded;
        }
    }
}
