namespace Cass.Data;

/// <summary>The transforms that CASS was published with.</summary>
public static class CassTransforms
{
    /// <summary>
    /// The published training transform: resize (bilinear, antialiased); with probability 0.3 colour jitter (0.2 each of
    /// brightness, contrast, saturation) and then a random perspective (distortion 0.2, probability 0.5); with
    /// probability 0.3 the same jitter and then a random rotation of up to ±10° (nearest pixel); vertical flip 0.3;
    /// horizontal flip 0.3; normalise.
    /// </summary>
    /// <param name="height">Height in pixels; 384 as published.</param>
    /// <param name="width">Width in pixels; 384 as published.</param>
    /// <param name="statistics">What to normalise with; null for <see cref="ChannelStatistics.BrainTumorMri"/>.</param>
    /// <param name="jitterBeforeAffine">Whether the rotation comes with the colour jitter; false in the authors' first release.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="CassInputException">The size is below 1.</exception>
    public static ImagePipeline Training(int height, int width, ChannelStatistics? statistics = null, bool jitterBeforeAffine = true) => new(
        [
            new Resize(height, width),
            new RandomApply([new ColorJitter(0.2, 0.2, 0.2), new RandomPerspective(0.2, 0.5)], 0.3),
            new RandomApply(jitterBeforeAffine ? [new ColorJitter(0.2, 0.2, 0.2), new RandomAffine(10)] : [new RandomAffine(10)], 0.3),
            new RandomVerticalFlip(0.3),
            new RandomHorizontalFlip(0.3),
        ],
        statistics ?? ChannelStatistics.BrainTumorMri);

    /// <summary>The published validation transform: resize (bilinear, antialiased), normalise. Nothing in it is random.</summary>
    /// <param name="height">Height in pixels; 384 as published.</param>
    /// <param name="width">Width in pixels; 384 as published.</param>
    /// <param name="statistics">What to normalise with; null for <see cref="ChannelStatistics.BrainTumorMri"/>.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="CassInputException">The size is below 1.</exception>
    public static ImagePipeline Validation(int height, int width, ChannelStatistics? statistics = null) =>
        new([new Resize(height, width)], statistics ?? ChannelStatistics.BrainTumorMri);
}
