using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>What the mappings of images write.</summary>
internal sealed class PixelsRow
{
    private VBuffer<float> pixels;

    /// <summary>[3, height, width], normalised.</summary>
    [ColumnName(ScoringColumns.Pixels)]
    public VBuffer<float> Pixels
    {
        get => pixels;
        set => pixels = value;
    }

    public void Fill(string preparation, Func<string, IImageSource> open) => ImagePreparation.Prepare(preparation, open, ref pixels);
}
