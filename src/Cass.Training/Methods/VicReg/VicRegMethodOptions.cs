using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="VicRegMethod"/>. The defaults are those of the paper on ImageNet and of the authors' code, but for the
/// widths of the expander. Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>): published
/// are LARS at 0.2 · batch size / 256 with 10 epochs of warm-up and a cosine to a thousandth of it, weight decay 1e-6, batches of 2,048, 1,000 epochs; for
/// 100 epochs the authors' code takes 0.3 · batch size / 256 and batches of 512.
/// </summary>
public sealed class VicRegMethodOptions : IRelatedSettings
{
    /// <summary>
    /// Width of the expander's two hidden layers. Default 2048; published is 8192 (section 4.2), where wider was better. At 8192
    /// the expander of a ResNet-50 has 151 million weights, six times the network's own, and a checkpoint of a run with AdamW
    /// takes 2 GB; at 2048 it has 13 million. Take the published width for data of ImageNet's size.
    /// </summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 2048;

    /// <summary>Width of the embeddings. Default 2048; published is 8192 (section 4.2), see <see cref="HiddenWidth"/>.</summary>
    [Range(2, 65_536)]
    public int EmbeddingWidth { get; set; } = 2048;

    /// <summary>Weight λ of the invariance, which draws both views together. Default 25, as published (section 4.2).</summary>
    [Range(0.0, 1e6)]
    public double InvarianceWeight { get; set; } = 25;

    /// <summary>
    /// Weight μ of the variance, which asks every dimension for a standard deviation of 1. Default 25, as published
    /// (section 4.2); without it the network collapses.
    /// </summary>
    [Range(0.0, 1e6)]
    public double VarianceWeight { get; set; } = 25;

    /// <summary>Weight ν of the covariance, which keeps dimensions from telling the same. Default 1, as published (section 4.2).</summary>
    [Range(0.0, 1e6)]
    public double CovarianceWeight { get; set; } = 1;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default 0.08, as published;
    /// of photographs, whose every part shows the object: for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.08;

    IEnumerable<string> IRelatedSettings.Failures(string path) => InvarianceWeight == 0 && VarianceWeight == 0 && CovarianceWeight == 0
        ? [$"{path}{nameof(InvarianceWeight)}, {path}{nameof(VarianceWeight)} and {path}{nameof(CovarianceWeight)} are all 0, so that the loss is always 0 and there is nothing to learn; one must be above 0."]
        : [];
}
