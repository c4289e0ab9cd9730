using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="BarlowTwinsMethod"/>. The defaults are those of the paper on ImageNet and of the authors' code, but for
/// the widths of the projector. Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>):
/// published are LARS at 0.2 · batch size / 256 with 10 epochs of warm-up and a cosine to a thousandth of it, weight decay 1.5e-6
/// (1e-6 in the code), batches of 2,048, 1,000 epochs.
/// </summary>
public sealed class BarlowTwinsMethodOptions
{
    /// <summary>
    /// Width of the projector's two hidden layers. Default 2048; published is 8192 (section 2.2), where wider was better
    /// (figure 4). At 8192 the projector of a ResNet-50 has 151 million weights, six times the network's own, and a checkpoint
    /// of a run with AdamW takes 2 GB; at 2048 it has 13 million. Take the published width for data of ImageNet's size.
    /// </summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 2048;

    /// <summary>Width of the embeddings. Default 2048; published is 8192 (section 2.2), see <see cref="HiddenWidth"/>.</summary>
    [Range(2, 65_536)]
    public int EmbeddingWidth { get; set; } = 2048;

    /// <summary>
    /// Weight λ of the correlations between different dimensions, which are to be 0. Default 0.0051, as in the authors' code
    /// and, rounded, in the paper (section 2.2). There are <see cref="EmbeddingWidth"/> − 1 times as many of them as of those that are
    /// to be 1. At 0 the dimensions come to tell the same, though each goes on to vary: no collapse to a point, and the verdict on collapse
    /// is raised late or never.
    /// </summary>
    [Range(0.0, 1e6)]
    public double OffDiagonalWeight { get; set; } = 0.0051;

    /// <summary>
    /// What the run's learning rate is multiplied with for biases, batch norms and other vectors. Default 0.024, as published:
    /// 0.0048 · batch size / 256 beside 0.2 · batch size / 256 (section 2.2). It belongs to LARS and SGD, whose steps grow with
    /// the gradient, which for this loss is large; with Adam and AdamW, whose steps do not, 1 treats all parameters alike.
    /// </summary>
    [Range(0.0, 1.0)]
    public double VectorRateScale { get; set; } = 0.024;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default 0.08, as published (section 2.2);
    /// of photographs, whose every part shows the object: for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.08;
}
