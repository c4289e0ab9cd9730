using Cass.Data;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>The pixels of ML.NET's images.</summary>
internal static class MLImagePixels
{
    private const int Channels = 3;

    /// <summary>A copy of an image, which the one who gave it may dispose or reuse.</summary>
    /// <param name="image">The image; an alpha channel is dropped, as everywhere.</param>
    /// <param name="name">What it is called in errors.</param>
    /// <returns>The image.</returns>
    public static RawImage Copy(MLImage image, string name)
    {
        // Not MLImage.Pixels, which ML.NET 5.0.1 has compiled against SkiaSharp 2 and SkiaSharp 3 no longer has.
        var pixels = image.GetBGRPixels;
        for (var i = 0; i < pixels.Length; i += Channels)
        {
            (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        }

        return RawImage.FromBytes(string.IsNullOrWhiteSpace(image.Tag) ? name : image.Tag, image.Width, image.Height, () => pixels, Channels);
    }
}
