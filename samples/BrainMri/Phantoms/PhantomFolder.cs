using Cass;
using SkiaSharp;

namespace BrainMri.Phantoms;

/// <summary>Writes images to disk, in the form that <c>ImageFolder</c> reads.</summary>
internal static class PhantomFolder
{
    /// <summary>Writes a phantom as <c>folder/class/number.png</c>.</summary>
    public static void Write(string folder, PhantomImage phantom, int number)
    {
        var image = phantom.Decode();
        using var bitmap = new SKBitmap(image.Width, image.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var row = 0; row < image.Height; row++)
        {
            image.Pixels.AsSpan(row * image.Width, image.Width).CopyTo(bitmap.GetPixelSpan()[(row * bitmap.RowBytes)..]);
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(Path.Combine(folder, LabelMap.BrainTumorMri[(int)phantom.Kind], $"{number:00000}.png"), png.SaveTo);
    }
}
