using Cass.Data;
using Xunit;

namespace Cass.Tests.Training.Methods;

/// <summary>What is expected of two views, by the published augmentations.</summary>
internal static class CropPairExpectations
{
    /// <summary>BYOL's, table 6 there: they differ in blur and solarisation.</summary>
    public static void AreByols(IReadOnlyList<ImagePipeline> views, int height, int width, double minCropScale)
    {
        Assert.Equal(2, views.Count);
        Assert.Equal([1.0, 0.1], views.Select(TinySteps.BlurProbability));
        Assert.Equal([0, 1], views.Select(view => view.Transforms.OfType<RandomSolarize>().Count(solarize => solarize.Probability == 0.2)));
        Assert.All(views, view =>
        {
            var (crop, jitter) = (TinySteps.Crop(view), TinySteps.Jitter(view));
            Assert.Equal((height, width, (minCropScale, 1.0), Interpolation.Bicubic), (view.OutputHeight, view.OutputWidth, crop.Scale, crop.Interpolation));
            Assert.Equal((0.4, 0.4, 0.2, 0.1), (jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue));
            Assert.Single(view.Transforms.OfType<RandomGrayscale>(), gray => gray.Probability == 0.2);
            Assert.Single(view.Transforms.OfType<RandomHorizontalFlip>(), flip => flip.Probability == 0.5);
        });
    }
}
