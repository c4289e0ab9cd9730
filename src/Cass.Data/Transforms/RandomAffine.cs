namespace Cass.Data;

/// <summary>
/// Rotates about the centre, shifts, scales and shears at random: torchvision's <c>RandomAffine</c>. What comes from
/// outside of the image is black.
/// </summary>
public sealed class RandomAffine : IPlannedTransform
{
    private readonly (double Low, double High) degrees;
    private readonly (double Low, double High) scale;
    private readonly (double Low, double High) shearX;
    private readonly (double Low, double High) shearY;

    /// <summary>Creates the step.</summary>
    /// <param name="degrees">Angles are uniform over [−degrees, degrees]; 0 to 360.</param>
    /// <param name="translate">Largest shifts as shares of width and height, 0 to 1; null for none.</param>
    /// <param name="scale">Range of the magnification, above 0; null for none.</param>
    /// <param name="shearX">Range of the shear parallel to the x axis in degrees; null for none.</param>
    /// <param name="shearY">Range of the shear parallel to the y axis in degrees; null for none.</param>
    /// <param name="interpolation">How values between pixels are found; the nearest pixel by default.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomAffine(
        double degrees,
        (double X, double Y)? translate = null,
        (double Low, double High)? scale = null,
        (double Low, double High)? shearX = null,
        (double Low, double High)? shearY = null,
        Interpolation interpolation = Interpolation.Nearest)
    {
        TransformArguments.CheckRange(0, degrees, 0, 360, "angle");
        Translate = translate ?? (0, 0);
        TransformArguments.CheckRange(0, Translate.X, 0, 1, "horizontal shift");
        TransformArguments.CheckRange(0, Translate.Y, 0, 1, "vertical shift");
        this.degrees = (-degrees, degrees);
        this.scale = scale ?? (1, 1);
        TransformArguments.CheckRange(this.scale.Low, this.scale.High, 1e-3, 1e3, "scale");
        this.shearX = shearX ?? (0, 0);
        this.shearY = shearY ?? (0, 0);
        TransformArguments.CheckRange(this.shearX.Low, this.shearX.High, -89, 89, "shear");
        TransformArguments.CheckRange(this.shearY.Low, this.shearY.High, -89, 89, "shear");
        Interpolation = interpolation;
    }

    /// <summary>Largest angle in degrees.</summary>
    public double Degrees => degrees.High;

    /// <summary>Largest shifts as shares of width and height.</summary>
    public (double X, double Y) Translate { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        var p = Draw(image.Width, image.Height, random);
        return ImageGeometry.Affine(image, p.Angle, p.TranslateX, p.TranslateY, p.Scale, p.ShearX, p.ShearY, Interpolation);
    }

    internal AffineParameters Draw(int width, int height, Random random) => new(
        random.Uniform(degrees.Low, degrees.High),
        Math.Round(random.Uniform(-Translate.X * width, Translate.X * width)),
        Math.Round(random.Uniform(-Translate.Y * height, Translate.Y * height)),
        random.Uniform(scale.Low, scale.High),
        random.Uniform(shearX.Low, shearX.High),
        random.Uniform(shearY.Low, shearY.High));

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        var p = Draw(plan.Width, plan.Height, random);
        Span<double> matrix = stackalloc double[9];
        ImageGeometry.InverseAffineMatrix(plan.Width * 0.5, plan.Height * 0.5, p.Angle, p.TranslateX, p.TranslateY, p.Scale, p.ShearX, p.ShearY, matrix);
        matrix[8] = 1;
        plan.Warp(matrix);
    }
}
