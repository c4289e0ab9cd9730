namespace Cass.Data;

/// <summary>How encoded images are decoded. Immutable.</summary>
public sealed record ImageDecodingOptions
{
    /// <summary>The defaults.</summary>
    public static ImageDecodingOptions Default { get; } = new();

    /// <summary>
    /// Largest number of pixels (width · height) that is decoded; larger images are refused before memory is taken for
    /// them. Default 178,956,970, where Pillow refuses too.
    /// </summary>
    public long MaxPixels { get; init; } = 178_956_970;

    /// <summary>
    /// Largest number of pixels for each byte of the file, in images above 16,777,216 pixels: a few kilobytes may say that
    /// they are an image of a gigabyte. Default 2,000; a scan of one single colour stays below 1,100 as an 8-bit PNG. In formats that
    /// can say more with less, such as WebP or 1-bit PNG, raise it for large images that are nearly empty.
    /// </summary>
    public long MaxPixelsPerByte { get; init; } = 2_000;

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
