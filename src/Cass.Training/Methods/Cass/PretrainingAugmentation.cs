namespace Cass.Training;

/// <summary>The views of an image that pretraining sees.</summary>
public enum PretrainingAugmentation
{
    /// <summary>Two views: random resized crops with colour jitter, flips and a small rotation.</summary>
    TwoViews,

    /// <summary>One view by the published training transform.</summary>
    Published,
}
