using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="ByolMethod"/>. The defaults are those of the paper's runs of 1,000 epochs on ImageNet and of the
/// authors' code. Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>): published are LARS
/// at 0.2 · batch size / 256 with 10 epochs of warm-up and a cosine, weight decay 1.5e-6, batches of 4,096.
/// </summary>
public sealed class ByolMethodOptions
{
    /// <summary>Width of the hidden layer of projector and predictor. Default 4096, as published (section 3.3).</summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 4096;

    /// <summary>Width of the projections and of their predictions. Default 256, as published (section 3.3).</summary>
    [Range(2, 65_536)]
    public int ProjectionWidth { get; set; } = 256;

    /// <summary>
    /// Momentum τ of the target network at the first step; a cosine takes it to 1 at the last. Default 0.996, as published
    /// (section 3.3); the authors' code takes 0.99 for runs of 100 and 300 epochs, 0.97 for 40.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TargetMomentum { get; set; } = 0.996;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default 0.08, as published (appendix B);
    /// of photographs, whose every part shows the object: for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.08;
}
