namespace Cass.Data;

/// <summary>How encoded images are decoded. Immutable.</summary>
public sealed record ImageDecodingOptions
{
    private readonly double? reducingGap;

    /// <summary>The defaults: those of training, whose images somebody has chosen.</summary>
    public static ImageDecodingOptions Default { get; } = new();

    /// <summary>
    /// The defaults of prediction, whose images may come from anybody: <see cref="MaxPixels"/> 50,000,000, as much as the largest usual
    /// cameras, mammograms and radiographs have, and <see cref="MaxBytes"/> 67,108,864 (64 MiB). An image of that many pixels takes up to
    /// 350 MB while it is decoded (4 bytes a pixel and 3 more).
    /// </summary>
    public static ImageDecodingOptions ForPrediction { get; } = new() { MaxPixels = 50_000_000, MaxBytes = 64L << 20 };

    /// <summary>
    /// Largest number of pixels (width · height) that is decoded; larger images are refused before memory is taken for
    /// them. Default 178,956,970, where Pillow refuses too.
    /// </summary>
    public long MaxPixels { get; init; } = 178_956_970;

    /// <summary>
    /// Largest number of bytes of an encoded image; larger ones are refused, files before they are opened and streams once they have
    /// given more. Default 2,147,483,591, which is what an array holds.
    /// </summary>
    public long MaxBytes { get; init; } = Array.MaxLength;

    /// <summary>
    /// Largest number of pixels for each byte of the file, in images above 16,777,216 pixels: a few kilobytes may say that
    /// they are an image of a gigabyte. Default 2,000; a scan of one single colour stays below 1,100 as an 8-bit PNG. In formats that
    /// can say more with less, such as WebP or 1-bit PNG, raise it for large images that are nearly empty.
    /// </summary>
    public long MaxPixelsPerByte { get; init; } = 2_000;

    /// <summary>
    /// How many times larger than a network's input, in height and in width, an image is still decoded to where its format can be
    /// decoded to a smaller size (JPEG in eighths, WebP): what lies beyond is never computed. Pillow's <c>reducing_gap</c>, at least 1;
    /// Pillow holds 3 for nearly as good as none. Without effect where it is not known what for an image is decoded, as in training.
    /// Default null: images are decoded whole, and prediction sees what training saw, to the bit.
    /// </summary>
    /// <exception cref="CassInputException">It is below 1, or no number.</exception>
    public double? ReducingGap
    {
        get => reducingGap;
        init => reducingGap = value is null or (>= 1 and < double.PositiveInfinity)
            ? value
            : throw new CassInputException($"{nameof(ImageDecodingOptions)}.{nameof(ReducingGap)} is {value}; it must be at least 1 and finite, or null for none.");
    }

    /// <summary>
    /// Whether the EXIF orientation of a photograph is applied. Default false, as with Pillow and torchvision: the
    /// pixels stay as they are stored.
    /// </summary>
    public bool ApplyExifOrientation { get; init; }

    /// <summary>
    /// How the samples of 16-bit PNG files become grey levels. Default <see cref="IntensityMapping.UInt16"/>, the whole
    /// range; scans of 10 or 12 bits need a window or <see cref="IntensityMapping.MinMax"/>, or they are nearly black.
    /// </summary>
    public IntensityMapping HighBitDepth { get; init; } = IntensityMapping.UInt16;

    /// <summary>How messages about unreadable images spell these options. Default <see cref="SettingNames.Properties"/>.</summary>
    public SettingNames Names { get; init; } = SettingNames.Properties;

    /// <summary>Number of pixels up to which <see cref="MaxPixelsPerByte"/> does not matter, since the image is small in any case.</summary>
    internal const long AlwaysAllowedPixels = 1 << 24;

    /// <summary>What the pixels of an image depend on, besides its bytes.</summary>
    internal string CacheKey => $"exif {ApplyExifOrientation}, 16 bit {HighBitDepth.CacheKey}";

    /// <summary>Advice on one of these options, or nothing where the interface has none.</summary>
    internal string Advise(string property, Func<string, string> advice) => Names.Advise($"{nameof(ImageDecodingOptions)}.{property}", advice);
}
