using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="LocalityGuidanceMethod"/>. Learning rate, optimiser and batch size are the run's
/// (<see cref="PretrainingOptions"/>): published, beside labels, are AdamW at 5e-4 with 20 epochs of warm-up and a cosine to
/// 5e-6, weight decay 0.05, 300 epochs.
/// </summary>
public sealed class LocalityGuidanceMethodOptions : IRelatedSettings
{
    /// <summary>
    /// Weight of the distance between the feature maps; 0 leaves it out. Default 1; the authors' code takes 2.5, beside the loss
    /// of labels and for maps that are not standardised.
    /// </summary>
    [Range(0.0, 1e6)]
    public double FeatureWeight { get; set; } = 1;

    /// <summary>
    /// Weight of the distance between the pooled features; 0 leaves it out. Default 1. The paper has the loss of labels in its
    /// place: without either, the class token of a ViT, which its classifier reads, learns only what patches take from it.
    /// </summary>
    [Range(0.0, 1e6)]
    public double PooledWeight { get; set; } = 1;

    /// <summary>Smallest share of an image's area that the view shows; the largest is all of it. Default 0.5.</summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.5;

    IEnumerable<string> IRelatedSettings.Failures(string path) => FeatureWeight == 0 && PooledWeight == 0
        ? [$"{path}{nameof(FeatureWeight)} and {path}{nameof(PooledWeight)} are both 0, so that there is nothing to learn; one must be above 0."]
        : [];
}
