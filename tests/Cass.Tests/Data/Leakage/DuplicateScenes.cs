using Cass.Data;
using SkiaSharp;

namespace Cass.Tests.Data.Leakage;

/// <summary>Images that look different from one another, and copies of them of each kind.</summary>
internal static class DuplicateScenes
{
    /// <summary>A smooth picture, far from that of every other seed.</summary>
    public static PixelImage Scene(int seed) => ImageResampling.Resize(TestImages.Pattern(12, 12, 1, seed), 96, 96, Interpolation.Bicubic);

    /// <summary>The same bytes as <see cref="Original"/> of that seed, in other memory.</summary>
    public static IImageSource Original(int seed, string name) => new EncodedImage(TestImages.Encode(Scene(seed)), name);

    /// <summary>The same pixels in a PNG of three channels.</summary>
    public static IImageSource SamePixels(int seed, string name) => new EncodedImage(TestImages.Encode(TestImages.ToRgb(Scene(seed))), name);

    /// <summary>The same picture, recompressed.</summary>
    public static IImageSource Recompressed(int seed, string name) => new EncodedImage(TestImages.Encode(Scene(seed), SKEncodedImageFormat.Jpeg), name);

    /// <summary>The same picture, smaller.</summary>
    public static IImageSource Smaller(int seed, string name) => new EncodedImage(TestImages.Encode(ImageResampling.Resize(Scene(seed), 64, 64)), name);
}
