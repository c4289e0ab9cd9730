using Cass.Data;
using SkiaSharp;

namespace MLNet;

/// <summary>Where the rows come from.</summary>
internal static class Scans
{
    /// <summary>The images of a folder, by its sub-folders; images that look alike count as one patient's.</summary>
    public static IReadOnlyList<Scan> In(string folder)
    {
        var images = ImageFolder.Read(folder);
        var clusters = DuplicateClusters.Find(images).Groups;
        return [.. Enumerable.Range(0, images.Count).Select(i => new Scan { Image = File.ReadAllBytes(images.NameOf(i)), Finding = images.Labels[images.LabelsOf(i)[0]], Patient = clusters[i] })];
    }

    /// <summary>Phantoms, as PNG.</summary>
    public static IReadOnlyList<Scan> Of(ImageDataset phantoms) =>
        [.. Enumerable.Range(0, phantoms.Count).Select(i => new Scan { Image = Png(phantoms.Images[i].Decode()), Finding = phantoms.Labels[phantoms.LabelsOf(i)[0]], Patient = phantoms.GroupOf(i)! })];

    private static byte[] Png(Cass.PixelImage image)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Gray8, SKAlphaType.Opaque));
        image.Pixels.CopyTo(bitmap.GetPixelSpan());
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }
}
