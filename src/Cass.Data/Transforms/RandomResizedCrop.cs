namespace Cass.Data;

/// <summary>Cuts a random part out and resizes it: torchvision's <c>RandomResizedCrop</c>.</summary>
public sealed class RandomResizedCrop : ISizedTransform, IPlannedTransform
{
    private const int Attempts = 10;

    /// <summary>Creates the step.</summary>
    /// <param name="height">Height of the result in pixels.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="scale">Range of the part's area as a share of the image's, in (0, 1]; null for 0.08 to 1.</param>
    /// <param name="ratio">Range of the part's width / height, drawn uniformly in its logarithm; null for 3/4 to 4/3.</param>
    /// <param name="interpolation">The filter; bilinear by default.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomResizedCrop(
        int height,
        int width,
        (double Low, double High)? scale = null,
        (double Low, double High)? ratio = null,
        Interpolation interpolation = Interpolation.Bilinear)
    {
        TransformArguments.CheckSize(height, width);
        Scale = scale ?? (0.08, 1);
        Ratio = ratio ?? (3.0 / 4, 4.0 / 3);
        TransformArguments.CheckRange(Scale.Low, Scale.High, 1e-6, 1, "cropped area");
        TransformArguments.CheckRange(Ratio.Low, Ratio.High, 1e-3, 1e3, "aspect ratio");
        OutputHeight = height;
        OutputWidth = width;
        Interpolation = interpolation;
    }

    /// <inheritdoc/>
    public int OutputHeight { get; }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>Range of the part's area as a share of the image's.</summary>
    public (double Low, double High) Scale { get; }

    /// <summary>Range of the part's width / height.</summary>
    public (double Low, double High) Ratio { get; }

    /// <summary>The filter.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        var (top, left, height, width) = Draw(image.Height, image.Width, random);
        return ImageResampling.ResizedCrop(image, top, left, height, width, OutputHeight, OutputWidth, Interpolation);
    }

    /// <summary>Draws the part; where none of the proportions fits ten times, the largest one in the middle that does.</summary>
    internal (int Top, int Left, int Height, int Width) Draw(int height, int width, Random random)
    {
        double area = (double)height * width;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var target = area * random.Uniform(Scale.Low, Scale.High);
            var aspect = Math.Exp(random.Uniform(Math.Log(Ratio.Low), Math.Log(Ratio.High)));
            var w = (int)Math.Round(Math.Sqrt(target * aspect));
            var h = (int)Math.Round(Math.Sqrt(target / aspect));
            if (w > 0 && w <= width && h > 0 && h <= height)
            {
                return (random.Next(height - h + 1), random.Next(width - w + 1), h, w);
            }
        }

        var (cropWidth, cropHeight) = (width, height);
        var own = (double)width / height;
        if (own < Ratio.Low)
        {
            cropHeight = (int)Math.Round(width / Ratio.Low);
        }
        else if (own > Ratio.High)
        {
            cropWidth = (int)Math.Round(height * Ratio.High);
        }

        (cropWidth, cropHeight) = (Math.Clamp(cropWidth, 1, width), Math.Clamp(cropHeight, 1, height));
        return ((height - cropHeight) / 2, (width - cropWidth) / 2, cropHeight, cropWidth);
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        var (top, left, height, width) = Draw(plan.Height, plan.Width, random);
        plan.Warp([(double)width / OutputWidth, 0, left, 0, (double)height / OutputHeight, top, 0, 0, 1], OutputHeight, OutputWidth);
    }
}
