using Cass;

namespace Phantoms;

/// <summary>
/// A stand-in for a scan, drawn when it is decoded: a noisy disc, the body, with findings in it. All slices of a patient show the same body and findings, at
/// slightly other places. Code draws it, so that samples run without data; it says nothing about medicine.
/// </summary>
/// <param name="patient">Number of the patient.</param>
/// <param name="slice">Number of the slice.</param>
/// <param name="findings">What it shows, of <see cref="AllFindings"/>; nothing where empty.</param>
public sealed class PhantomScan(int patient, int slice, params IReadOnlyList<string> findings) : IImageSource
{
    private const int Side = 64;

    /// <summary>What a phantom may show: a bright bar, ring or spot.</summary>
    public static IReadOnlyList<string> AllFindings { get; } = ["bar", "ring", "spot"];

    /// <summary>The patient's name, such as <c>P007</c>.</summary>
    public string Patient => $"P{patient:000}";

    /// <inheritdoc/>
    public string Name => $"{Patient} slice {slice}";

    /// <summary>What it shows.</summary>
    public IReadOnlyList<string> Findings => findings;

    /// <inheritdoc/>
    public PixelImage Decode()
    {
        var ofPatient = new Random(patient);
        var ofSlice = new Random((1000 * patient) + slice);
        var (bodyRadius, bodyLevel) = (ofPatient.Next(24, 29), ofPatient.Next(60, 110));
        var (bodyX, bodyY) = (32 + ofSlice.Next(-3, 4), 32 + ofSlice.Next(-3, 4));
        var shapes = findings.Select(finding => (
            Finding: finding,
            X: bodyX + ofPatient.Next(-13, 14) + ofSlice.Next(-2, 3),
            Y: bodyY + ofPatient.Next(-13, 14) + ofSlice.Next(-2, 3),
            Radius: ofPatient.Next(5, 9),
            Angle: ofPatient.NextDouble() * Math.PI)).ToArray();

        var pixels = new byte[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % Side, i / Side);
            var level = double.Hypot(x - bodyX, y - bodyY) < bodyRadius ? bodyLevel : 10;
            level += Array.Exists(shapes, shape => Covers(shape.Finding, x - shape.X, y - shape.Y, shape.Radius, shape.Angle)) ? 90 : 0;
            pixels[i] = (byte)(level + ofSlice.Next(50));
        }

        return new PixelImage(Side, Side, 1, pixels);
    }

    private static bool Covers(string finding, double x, double y, double radius, double angle) => finding switch
    {
        "bar" => Math.Abs((x * Math.Cos(angle)) + (y * Math.Sin(angle))) < 1.5 && double.Hypot(x, y) < 2 * radius,
        "ring" => Math.Abs(double.Hypot(x, y) - radius) < 1.5,
        "spot" => double.Hypot(x, y) < radius,
        _ => throw new CassInputException($"'{finding}' is no finding of phantoms; use {string.Join(", ", AllFindings)}."),
    };
}
