namespace OwnImageSource;

/// <summary>
/// An archive that two scanners have filled, drawn: a body in air, with a nodule in every second patient. The one stores 12 bits, 1024 above the absorption;
/// the other four values for each of them, upside down: what absorbs most has the lowest value, as MONOCHROME1 has it.
/// </summary>
internal static class DrawnSlices
{
    private const int Side = 64;
    private const double Highest = 4095;

    public static IEnumerable<DicomSlice> Archive(int patients, int slices) =>
        from patient in Enumerable.Range(0, patients)
        from instance in Enumerable.Range(1, slices)
        select Slice(patient, instance);

    private static DicomSlice Slice(int patient, int instance)
    {
        const double Center = 1900;
        var hasNodule = patient % 2 == 1;
        var absorption = () => Absorption(patient, instance, hasNodule);
        var slice = new DicomSlice(
            $"PAT-{patient:000}",
            instance,
            hasNodule ? "nodule" : "clear",
            Side,
            Side,
            "MONOCHROME2",
            RescaleIntercept: -1024,
            RescaleSlope: 1,
            Center,
            WindowWidth: 1800,
            () => [.. absorption().Select(value => (ushort)Math.Round(value + 1024))]);

        // Which scanner it was has nothing to do with the nodule, else it would be learnt in its place.
        return patient / 2 % 2 == 0 ? slice : slice with
        {
            PhotometricInterpretation = "MONOCHROME1",
            RescaleIntercept = 0,
            RescaleSlope = 0.25,
            WindowCenter = Highest - Center,
            PixelData = () => [.. absorption().Select(value => (ushort)Math.Round(4 * (Highest - value)))],
        };
    }

    private static IEnumerable<double> Absorption(int patient, int instance, bool hasNodule)
    {
        var ofPatient = new Random(patient);
        var ofSlice = new Random((1000 * patient) + instance);
        var (bodyRadius, body) = (ofPatient.Next(22, 29), ofPatient.Next(1600, 1900));
        var (noduleX, noduleY, noduleRadius) = (32 + ofPatient.Next(-12, 13), 32 + ofPatient.Next(-12, 13), ofPatient.Next(4, 8));
        for (var i = 0; i < Side * Side; i++)
        {
            var (x, y) = (i % Side, i / Side);
            var value = hasNodule && double.Hypot(x - noduleX, y - noduleY) < noduleRadius ? body + 500
                : double.Hypot(x - 32, y - 32) < bodyRadius ? body
                : 500;
            yield return value + ofSlice.Next(-150, 151);
        }
    }
}
