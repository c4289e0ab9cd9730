using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="EmpSslMethod"/>. The defaults are those of the paper on CIFAR and of the authors' code. Learning rate,
/// optimiser and batch size are the run's (<see cref="PretrainingOptions"/>): published are LARS at a rate of 0.3 (<see cref="OptimizerOptions.TrustCoefficient"/>
/// 0.005) with a cosine to 0 and without warm-up, weight decay 1e-4, batches of 100 images, 1 to 30 epochs.
/// </summary>
public sealed class EmpSslMethodOptions
{
    /// <summary>
    /// Crops of each image, 2 to 200. Default 20, as the instructions of the authors' code have it, whose own default is 100. Time
    /// and memory grow with it: a step of 16 images is one of 320 crops.
    /// </summary>
    [Range(2, 200)]
    public int Crops { get; set; } = 20;

    /// <summary>
    /// Share of an image's area that each crop shows. It has the proportions of a full view, and is brought to its size. Default
    /// 0.25, as in the authors' code.
    /// </summary>
    [Range(0.01, 1.0)]
    public double CropScale { get; set; } = 0.25;

    /// <summary>Width of the projector's two hidden layers. Default 4096, as in the authors' code.</summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 4096;

    /// <summary>Width of the projections. Default 1024, as in the authors' code.</summary>
    [Range(2, 65_536)]
    public int ProjectionWidth { get; set; } = 1024;

    /// <summary>
    /// Weight λ of the cosine between each crop's projection and the mean of its image's, beside a coding rate of weight 1.
    /// Default 200, as published for batches of 100. The rate of a batch grows with its size, up to 2 or 3 for each image at
    /// the default width: for batches below 16, or narrow projections, take less, lest the images are drawn together.
    /// </summary>
    [Range(0.0, 1e6)]
    public double InvarianceWeight { get; set; } = 200;

    /// <summary>
    /// Squared error ε² of the coding rate; see <see cref="Losses.TotalCodingRateLoss"/>. Default 0.2, as published.
    /// </summary>
    [Range(1e-6, 1e6)]
    public double SquaredError { get; set; } = 0.2;
}
