using System.IO.Hashing;
using System.Text;

namespace Cass.Training;

/// <summary>A hash of a few of many images, by which processes notice that files of the same names differ.</summary>
internal static class ContentSample
{
    private const int Images = 8;

    /// <summary>The hash of the pixels of up to 8 images, spread over the list.</summary>
    /// <exception cref="CassException">One of them cannot be read.</exception>
    public static string Of(IReadOnlyList<IImageSource> images)
    {
        var hash = new XxHash128();
        var count = Math.Min(Images, images.Count);
        for (var i = 0; i < count; i++)
        {
            var image = images[(int)((long)i * images.Count / count)];
            var pixels = image.Decode();
            hash.Append(Encoding.UTF8.GetBytes($"{pixels.Width}x{pixels.Height}x{pixels.Channels};"));
            hash.Append(pixels.Pixels.AsSpan(0, pixels.Width * pixels.Height * pixels.Channels));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
