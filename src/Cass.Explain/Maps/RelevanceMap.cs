namespace Cass.Explain;

/// <summary>
/// A number for each place of an image: how much it counts for a class. Rows from top to bottom. Immutable, and no native memory.
/// </summary>
public sealed class RelevanceMap
{
    private readonly float[] values;

    /// <summary>Copies the numbers.</summary>
    /// <param name="height">Number of rows, at least 1.</param>
    /// <param name="width">Number of columns, at least 1.</param>
    /// <param name="values">Row by row; exactly <c>height · width</c> finite numbers.</param>
    /// <exception cref="ArgumentException">There are more or fewer numbers, or one is not finite.</exception>
    public RelevanceMap(int height, int width, ReadOnlySpan<float> values)
        : this(height, width, values.ToArray())
    {
    }

    /// <summary>Takes the numbers over.</summary>
    internal RelevanceMap(int height, int width, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (values.LongLength != (long)height * width)
        {
            throw new ArgumentException($"A map of {height}×{width} has {(long)height * width} numbers, not {values.LongLength}.", nameof(values));
        }

        var odd = Array.FindIndex(values, value => !float.IsFinite(value));
        if (odd >= 0)
        {
            throw new ArgumentException($"The map has {values[odd]} in row {odd / width}, column {odd % width}; its numbers must be finite.", nameof(values));
        }

        (Height, Width, this.values) = (height, width, values);
    }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Number of columns.</summary>
    public int Width { get; }

    /// <summary>The numbers, row by row.</summary>
    public ReadOnlyMemory<float> Values => values;

    /// <summary>The number at a place.</summary>
    /// <param name="row">From 0 to <see cref="Height"/> − 1.</param>
    /// <param name="column">From 0 to <see cref="Width"/> − 1.</param>
    public float this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Height, nameof(row));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Width, nameof(column));
            return values[(row * Width) + column];
        }
    }

    /// <summary>The place of the largest number; the first of them, row by row, where there are several.</summary>
    public (int Row, int Column) Hottest
    {
        get
        {
            var hottest = 0;
            for (var i = 1; i < values.Length; i++)
            {
                hottest = values[i] > values[hottest] ? i : hottest;
            }

            return (hottest / Width, hottest % Width);
        }
    }

    /// <summary>
    /// How much of the map's positive numbers lies in a region, such as a lesion: from 0 to 1. A map that is the same everywhere
    /// gives the region's share of the area. 0 where no number is positive.
    /// </summary>
    /// <param name="region">For each place, row by row, whether it belongs to the region.</param>
    /// <returns>The sum of the positive numbers in the region over that of all.</returns>
    /// <exception cref="ArgumentException">The region has another number of places than the map.</exception>
    public double ShareWithin(ReadOnlySpan<bool> region)
    {
        if (region.Length != values.Length)
        {
            throw new ArgumentException($"The region has {region.Length} places; the map of {Height}×{Width} has {values.Length}.", nameof(region));
        }

        var (within, all) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            var value = Math.Max(0, values[i]);
            all += value;
            within += region[i] ? value : 0;
        }

        return all == 0 ? 0 : within / all;
    }

    /// <summary>
    /// The map as heat: negative numbers as 0, and the largest as 1; 0 everywhere where none is positive.
    /// </summary>
    /// <param name="height">Rows of the result, at least 1.</param>
    /// <param name="width">Columns of the result, at least 1.</param>
    /// <returns>Numbers in [0, 1]. Numbers between places are interpolated linearly, as by PyTorch's <c>bilinear</c>, antialiased where the result is smaller.</returns>
    public RelevanceMap ToHeat(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var heat = MapResampling.Resize(Array.ConvertAll(values, value => Math.Max(0, value)), Height, Width, height, width);
        var most = heat.Max();
        return new RelevanceMap(height, width, most > 0 ? Array.ConvertAll(heat, value => value / most) : heat);
    }
}
