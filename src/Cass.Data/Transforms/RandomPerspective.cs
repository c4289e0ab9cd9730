namespace Cass.Data;

/// <summary>
/// Moves the four corners inwards at random, with a probability: torchvision's <c>RandomPerspective</c>. Where the
/// drawn corners lie on a line, as they always do in an image of one row, the image stays as it is.
/// </summary>
public sealed class RandomPerspective : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="distortionScale">Largest displacement of a corner as a share of half the side, 0 to 1.</param>
    /// <param name="probability">Probability, 0 to 1.</param>
    /// <param name="interpolation">How values between pixels are found; bilinear by default.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomPerspective(double distortionScale = 0.5, double probability = 0.5, Interpolation interpolation = Interpolation.Bilinear)
    {
        TransformArguments.CheckProbability(probability);
        TransformArguments.CheckRange(0, distortionScale, 0, 1, "distortion scale");
        DistortionScale = distortionScale;
        Probability = probability;
        Interpolation = interpolation;
    }

    /// <summary>Largest displacement of a corner as a share of half the side.</summary>
    public double DistortionScale { get; }

    /// <summary>Probability of a change.</summary>
    public double Probability { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        return Draw(image.Width, image.Height, random) is { } end
            && ImageGeometry.PerspectiveCoefficients(Corners(image.Width, image.Height), end) is { } coefficients
                ? ImageWarp.Perspective(image, coefficients, Interpolation)
                : image;
    }

    internal static (int X, int Y)[] Corners(int width, int height) => [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)];

    /// <summary>Draws where the corners move to; null for no change.</summary>
    internal (int X, int Y)[]? Draw(int width, int height, Random random)
    {
        if (!random.Chance(Probability))
        {
            return null;
        }

        var dx = (int)(DistortionScale * (width / 2));
        var dy = (int)(DistortionScale * (height / 2));
        return
        [
            (random.Next(dx + 1), random.Next(dy + 1)),
            (random.Next(width - dx - 1, width), random.Next(dy + 1)),
            (random.Next(width - dx - 1, width), random.Next(height - dy - 1, height)),
            (random.Next(dx + 1), random.Next(height - dy - 1, height)),
        ];
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        if (Draw(plan.Width, plan.Height, random) is { } end
            && ImageGeometry.PerspectiveCoefficients(Corners(plan.Width, plan.Height), end) is { } coefficients)
        {
            plan.Warp([.. coefficients, 1]);
        }
    }
}
