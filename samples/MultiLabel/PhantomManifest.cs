using System.Globalization;
using Phantoms;
using SkiaSharp;

namespace MultiLabel;

/// <summary>Writes phantoms as a data set of real images often comes: a folder of files, and a CSV that says what is on each.</summary>
internal static class PhantomManifest
{
    /// <returns>The path of the CSV.</returns>
    public static string Write(string folder, int patients)
    {
        var manifest = Path.Combine(folder, "findings.csv");
        using var lines = new StreamWriter(manifest);
        lines.WriteLine("file,patient,findings");
        foreach (var (scan, number) in PhantomPatients.OfAnyFindings(patients).Select((scan, number) => (scan, number)))
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{number:0000}.png");
            var image = scan.Decode();
            using var bitmap = new SKBitmap(image.Width, image.Height, SKColorType.Gray8, SKAlphaType.Opaque);
            image.Pixels.CopyTo(bitmap.GetPixelSpan());
            using var png = File.Create(Path.Combine(folder, file));
            bitmap.Encode(png, SKEncodedImageFormat.Png, 100);

            // Nothing between the last comma and the end of the line: an image without a finding.
            lines.WriteLine($"{file},{scan.Patient},{string.Join('|', scan.Findings)}");
        }

        return manifest;
    }
}
