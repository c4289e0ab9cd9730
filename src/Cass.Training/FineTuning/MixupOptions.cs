using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of mixup and CutMix in fine-tuning, as timm's <c>Mixup</c> has them. By default neither is done.
/// </summary>
public sealed class MixupOptions
{
    /// <summary>
    /// Both parameters of the beta distribution that mixup's share is drawn from (Zhang et al. 2018, arXiv 1710.09412).
    /// Default 0: no mixup; 0.8 is usual for transformers.
    /// </summary>
    [Range(0.0, 100.0)]
    public double MixupAlpha { get; set; }

    /// <summary>
    /// Both parameters of the beta distribution that CutMix's share is drawn from (Yun et al. 2019, arXiv 1905.04899).
    /// Default 0: no CutMix; 1 is usual.
    /// </summary>
    [Range(0.0, 100.0)]
    public double CutMixAlpha { get; set; }

    /// <summary>Probability that a batch is mixed at all. Default 1.</summary>
    [Range(0.0, 1.0)]
    public double Probability { get; set; } = 1;

    /// <summary>Probability of CutMix in place of mixup, where both are on. Default 0.5.</summary>
    [Range(0.0, 1.0)]
    public double SwitchProbability { get; set; } = 0.5;

    /// <summary>Whether any batch is mixed.</summary>
    internal bool IsOn => Probability > 0 && (MixupAlpha > 0 || CutMixAlpha > 0);
}
