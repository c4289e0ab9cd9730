namespace Cass.Data;

/// <summary>
/// Cuts the middle out: torchvision's <c>CenterCrop</c> of images that are at least as large. With a
/// <see cref="Resize"/> before it, this is how timm evaluates its networks.
/// </summary>
public sealed class CenterCrop : ISizedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="height">Height of the result in pixels.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <exception cref="CassInputException">The size is below 1.</exception>
    public CenterCrop(int height, int width)
    {
        TransformArguments.CheckSize(height, width);
        OutputHeight = height;
        OutputWidth = width;
    }

    /// <inheritdoc/>
    public int OutputHeight { get; }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public string CacheKey => $"center crop {OutputHeight}x{OutputWidth}";

    /// <inheritdoc/>
    /// <exception cref="CassInputException">The image is smaller than the part.</exception>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Height < OutputHeight || image.Width < OutputWidth)
        {
            throw new CassInputException($"A part of {OutputHeight}×{OutputWidth} cannot be cut out of an image of {image.Height}×{image.Width}; put a {nameof(Resize)} before it.");
        }

        var top = (int)Math.Round((image.Height - OutputHeight) / 2.0);
        var left = (int)Math.Round((image.Width - OutputWidth) / 2.0);
        return ImageResampling.Crop(image, top, left, OutputHeight, OutputWidth);
    }
}
