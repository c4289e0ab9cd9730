namespace Cass.Data;

/// <summary>Resizes to a fixed size, whatever the shape was: torchvision's <c>Resize((height, width))</c> of a PIL image.</summary>
public sealed class Resize : ISizedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="height">Height of the result in pixels.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="interpolation">The filter; bilinear, antialiased, by default.</param>
    /// <exception cref="CassInputException">The size is below 1.</exception>
    public Resize(int height, int width, Interpolation interpolation = Interpolation.Bilinear)
    {
        TransformArguments.CheckSize(height, width);
        OutputHeight = height;
        OutputWidth = width;
        Interpolation = interpolation;
    }

    /// <inheritdoc/>
    public int OutputHeight { get; }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>The filter.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public string CacheKey => $"resize {OutputHeight}x{OutputWidth} {Interpolation}";

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random) => ImageResampling.Resize(image, OutputHeight, OutputWidth, Interpolation);
}
