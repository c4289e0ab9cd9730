using Cass.Data;

namespace Cass.Training;

/// <summary>The augmentation of two-view pretraining, as contrastive methods use it (Chen et al. 2020, SimCLR), without hue.</summary>
internal static class TwoViewTransform
{
    /// <summary>
    /// Random resized crop of a share of the area, from the smallest to all of it; brightness, contrast and saturation by up to 0.4; a rotation of up
    /// to ±15° (bilinear); both flips with probability 0.5.
    /// </summary>
    public static ImagePipeline Create(int height, int width, ChannelStatistics normalization, double minCropScale) => new(
        [
            new RandomResizedCrop(height, width, (minCropScale, 1.0)),
            new ColorJitter(0.4, 0.4, 0.4),
            new RandomAffine(15, interpolation: Interpolation.Bilinear),
            new RandomVerticalFlip(0.5),
            new RandomHorizontalFlip(0.5),
        ],
        normalization);
}
