using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="SimSiamMethod"/>. The defaults are those of the paper on ImageNet and of the authors' code. Learning
/// rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>): published are SGD with momentum 0.9 at
/// 0.05 · batch size / 256 with a cosine and without warm-up, weight decay 1e-4, batches of 512, 100 epochs.
/// </summary>
public sealed class SimSiamMethodOptions
{
    /// <summary>Width of all layers of the projector, and of the predictions. Default 2048, as published (section 3).</summary>
    [Range(2, 65_536)]
    public int ProjectionWidth { get; set; } = 2048;

    /// <summary>
    /// Width of the predictor's hidden layer. Default 512, as published (section 3), a quarter of
    /// <see cref="ProjectionWidth"/>: the authors found such a bottleneck to be more robust than none (appendix).
    /// </summary>
    [Range(1, 65_536)]
    public int PredictorWidth { get; set; } = 512;

    /// <summary>
    /// Whether the predictor learns at the run's highest rate throughout, rather than by its schedule. Default true, as for the
    /// published models (section 4.2, <c>--fix-pred-lr</c> of the code).
    /// </summary>
    public bool ConstantPredictorRate { get; set; } = true;

    /// <summary>
    /// Whether no gradient reaches the projections that are predicted. Default true, as published; without it the networks
    /// collapse, which is what false is there to show (section 4.1).
    /// </summary>
    public bool StopGradient { get; set; } = true;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default 0.2, as published (section 3);
    /// of photographs, whose every part shows the object: for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.2;
}
