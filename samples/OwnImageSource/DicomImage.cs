using Cass;
using Cass.Data;

namespace OwnImageSource;

/// <summary>A slice as an image to train on: rescaled, seen through its window, and with white where white is meant.</summary>
/// <remarks>
/// It keeps no pixels: they are read whenever the image is needed, on the loader's threads. <see cref="RawImage"/> does the same where a class of one's
/// own is not wanted.
/// </remarks>
internal sealed class DicomImage(DicomSlice slice) : IImageSource
{
    // A window of other units than those it is meant for, or of no width, is refused here, before anything is trained.
    private readonly IntensityMapping mapping = IntensityMapping.Window(slice.WindowCenter, slice.WindowWidth) with
    {
        Inverted = slice.PhotometricInterpretation switch
        {
            "MONOCHROME1" => true,
            "MONOCHROME2" => false,
            var other => throw new CassInputException($"The slice {slice.InstanceNumber} of {slice.PatientId} is {other}; this program reads MONOCHROME1 and MONOCHROME2."),
        },
    };

    public string Name => $"{slice.PatientId}/{slice.InstanceNumber}";

    public PixelImage Decode()
    {
        var stored = slice.PixelData();
        if (stored.Length != slice.Rows * slice.Columns)
        {
            throw new UnreadableImageException(Name, $"it has {stored.Length} values for {slice.Rows} rows of {slice.Columns}.");
        }

        var values = Array.ConvertAll(stored, value => (float)((value * slice.RescaleSlope) + slice.RescaleIntercept));
        var levels = new byte[values.Length];
        mapping.Apply(values, levels);
        return new PixelImage(slice.Columns, slice.Rows, channels: 1, levels);
    }
}
