namespace Cass.Data;

/// <summary>Blurs with a Gaussian kernel of random width: torchvision's <c>GaussianBlur</c>.</summary>
public sealed class GaussianBlur : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="kernelSize">Width of the kernel in pixels, odd. BYOL: about a tenth of the image's side.</param>
    /// <param name="sigma">Range of the standard deviation in pixels, above 0; null for 0.1 to 2.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public GaussianBlur(int kernelSize, (double Low, double High)? sigma = null)
    {
        ImageBlur.CheckKernel(kernelSize);
        Sigma = sigma ?? (0.1, 2);
        TransformArguments.CheckRange(Sigma.Low, Sigma.High, 1e-3, 1e3, "sigma");
        KernelSize = kernelSize;
    }

    /// <summary>Width of the kernel in pixels.</summary>
    public int KernelSize { get; }

    /// <summary>Range of the standard deviation in pixels.</summary>
    public (double Low, double High) Sigma { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return ImageBlur.Gaussian(image, KernelSize, random.Uniform(Sigma.Low, Sigma.High));
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random) =>
        plan.Steps.Add(new PixelStep(PixelStepKind.Blur, random.Uniform(Sigma.Low, Sigma.High), KernelSize));
}
