using Cass.Data;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The views of methods that compare two random crops of an image, of the images' full size.</summary>
internal static class CropPairs
{
    private const int Views = 2;

    /// <summary>BYOL's two views, which differ in blur and solarisation; see <see cref="MultiCrop.DinoAugmentations"/>.</summary>
    public static IReadOnlyList<ImagePipeline> Byol(RandomResizedCrop crop, ChannelStatistics normalization) =>
        Create(crop, view => MultiCrop.DinoAugmentations(view, ShorterSide(crop), Views), normalization);

    /// <summary>SimCLR's two views, which are alike; see <see cref="MultiCrop.SimClrAugmentations"/>.</summary>
    public static IReadOnlyList<ImagePipeline> SimClr(RandomResizedCrop crop, double strength, ChannelStatistics normalization) =>
        Create(crop, _ => MultiCrop.SimClrAugmentations(ShorterSide(crop), strength), normalization);

    /// <summary>Refuses another number of views.</summary>
    public static void Require(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != Views)
        {
            throw new ArgumentException($"{Views} views are expected, not {views.Count}.", nameof(views));
        }
    }

    private static IReadOnlyList<ImagePipeline> Create(RandomResizedCrop crop, Func<int, IEnumerable<IImageTransform>> augmentations, ChannelStatistics normalization) =>
        MultiCrop.Views(Views, crop, localViews: 0, crop, augmentations, normalization);

    private static int ShorterSide(RandomResizedCrop crop) => Math.Min(crop.OutputHeight, crop.OutputWidth);
}
