namespace Cass.Models;

/// <summary>The channel statistics that timm's published weights expect.</summary>
internal static class Normalization
{
    /// <summary>ImageNet's channel means (timm's <c>IMAGENET_DEFAULT_MEAN</c>).</summary>
    public static readonly IReadOnlyList<double> ImageNetMean = [0.485, 0.456, 0.406];

    /// <summary>ImageNet's channel deviations (timm's <c>IMAGENET_DEFAULT_STD</c>).</summary>
    public static readonly IReadOnlyList<double> ImageNetStd = [0.229, 0.224, 0.225];

    /// <summary>0.5 for mean and deviation: inputs in [-1, 1] (timm's <c>IMAGENET_INCEPTION_MEAN</c> and <c>_STD</c>).</summary>
    public static readonly IReadOnlyList<double> Half = [0.5, 0.5, 0.5];

    /// <summary>The channel means of CLIP's training images (timm's <c>OPENAI_CLIP_MEAN</c>).</summary>
    public static readonly IReadOnlyList<double> ClipMean = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>The channel deviations of CLIP's training images (timm's <c>OPENAI_CLIP_STD</c>).</summary>
    public static readonly IReadOnlyList<double> ClipStd = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>
    /// Statistics for another number of channels: their mean for one channel, and repeated in turn for several, as the
    /// first convolution's weights are when they are adapted.
    /// </summary>
    public static IReadOnlyList<double> ForChannels(IReadOnlyList<double> statistics, int channels) =>
        channels == statistics.Count ? statistics
        : channels == 1 ? [statistics.Average()]
        : [.. Enumerable.Range(0, channels).Select(c => statistics[c % statistics.Count])];
}
