using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="SimClrMethod"/>. The defaults are those of the paper and of the authors' code, but for
/// <see cref="Temperature"/>. Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>):
/// published are LARS at 0.3 · batch size / 256 with 10 epochs of warm-up and a cosine, weight decay 1e-6, batches of 4,096;
/// 0.075 · √(batch size) for smaller batches. Negatives come from the batch: small ones make the task easy.
/// </summary>
public sealed class SimClrMethodOptions
{
    /// <summary>
    /// Temperature τ that cosines are divided by. Default 0.5, which the paper found best on CIFAR-10 (appendix B.9), as of
    /// small batches and data; 0.1 for ImageNet, the default of the authors' code.
    /// </summary>
    [Range(1e-3, 1e6)]
    public double Temperature { get; set; } = 0.5;

    /// <summary>
    /// Width of the projector's hidden layer. Default 2048, as published for ResNet-50, where it is the width of the features.
    /// </summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 2048;

    /// <summary>Width of the projections. Default 128, as published (section 2.3).</summary>
    [Range(2, 65_536)]
    public int ProjectionWidth { get; set; } = 128;

    /// <summary>
    /// Strength s of the colour jitter: brightness, contrast and saturation by up to 0.8·s, hue by up to 0.2·s. Default 1, as
    /// published for ImageNet (appendix A); 0.5 for CIFAR-10.
    /// </summary>
    [Range(0.0, 2.5)]
    public double JitterStrength { get; set; } = 1;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default 0.08, as published (appendix A);
    /// of photographs, whose every part shows the object: for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.08;
}
