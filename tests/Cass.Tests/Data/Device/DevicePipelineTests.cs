using Cass.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Data.Device;

/// <summary>The steps on whole batches against the same steps image by image, with the same random parameters.</summary>
public sealed class DevicePipelineTests
{
    private const int Side = 48;
    private static readonly ChannelStatistics Plain = new([0, 0, 0], [1, 1, 1]);

    public static TheoryData<string> Steps => [.. All.Keys];

    private static Dictionary<string, (IImageTransform[] Steps, double Tolerance)> All { get; } = new(StringComparer.Ordinal)
    {
        ["none"] = ([], 1e-6),
        ["horizontal flip"] = ([new RandomHorizontalFlip()], 1e-5),
        ["both flips"] = ([new RandomHorizontalFlip(), new RandomVerticalFlip()], 1e-5),
        ["brightness"] = ([new ColorJitter(brightness: 0.5)], 1.01 / 255),
        ["contrast"] = ([new ColorJitter(contrast: 0.5)], 1.6 / 255),
        ["saturation"] = ([new ColorJitter(saturation: 0.5)], 1.6 / 255),
        ["grayscale"] = ([new RandomGrayscale(0.5)], 0.51 / 255),
        ["solarize"] = ([new RandomSolarize(128, 0.5)], 1e-5),
        ["blur"] = ([new GaussianBlur(9)], 0.51 / 255),
        ["jitter"] = ([new ColorJitter(0.2, 0.2, 0.2)], 5.0 / 255),
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void Single_steps_give_the_same_pixels_up_to_rounding(string name)
    {
        var (steps, tolerance) = All[name];
        var (expected, actual) = Run(steps);
        Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() <= tolerance, $"largest difference {expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() * 255} levels");
    }

    [Fact]
    public void Hues_turn_by_the_same_angle()
    {
        // Pillow's 8-bit hue has steps of 1.4 degrees.
        var (expected, actual) = Run([new ColorJitter(hue: 0.4)]);
        Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Average() < 2.0 / 255);
    }

    [Fact]
    public void Composed_geometry_is_close_to_one_step_after_the_other()
    {
        foreach (var steps in (IImageTransform[][])[
            [new RandomPerspective(0.3, 1)],
            [new RandomAffine(20, (0.1, 0.1), (0.8, 1.2), interpolation: Interpolation.Bilinear)],
            [new RandomPerspective(0.2, 1), new RandomAffine(10, interpolation: Interpolation.Bilinear), new RandomVerticalFlip(0.5), new RandomHorizontalFlip(0.5)],
            [new RandomResizedCrop(40, 36, (0.9, 1))]])
        {
            var (expected, actual) = Run(steps);
            Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Average() < 4.0 / 255, $"{expected.Zip(actual, (e, a) => Math.Abs(e - a)).Average() * 255}");
        }
    }

    [Fact]
    public void The_published_pipeline_runs_draws_by_image_and_leaves_nothing_behind()
    {
        var pipeline = new DevicePipeline(CassTransforms.Training(Side, Side));
        using var loader = new ImageLoader(TestImages.Dataset(8, 60, 50), pipeline.Preparation, new ImageLoaderOptions { BatchSize = 8 });
        using var batch = loader.ReadEpoch(1).Single();
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var first = pipeline.Apply(batch.Images, batch.Indices, epoch: 3))
        using (var again = pipeline.Apply(batch.Images, batch.Indices, epoch: 3))
        using (var other = pipeline.Apply(batch.Images, batch.Indices, epoch: 4))
        {
            Assert.Equal([8, 3, Side, Side], first.shape);
            Assert.True(first.equal(again).all().item<bool>());
            Assert.False(first.allclose(other));
            Assert.False(first.requires_grad);
        }

        // The comparisons above leave two.
        Assert.InRange(statistics.ThreadTotalLiveCount - before, 0, 2);

        // What happens to an image does not depend on those beside it.
        using var reversed = batch.Images.flip(0);
        using var straight = pipeline.Apply(batch.Images, batch.Indices, epoch: 3);
        using var backwards = pipeline.Apply(reversed, [.. batch.Indices.Reverse()], epoch: 3);
        using var back = backwards.flip(0);
        Assert.True(straight.allclose(back, 1e-4, 1e-4));
    }

    [Fact]
    public void Pipelines_that_cannot_run_on_a_device_are_refused()
    {
        AssertRefused("Resize", new ImagePipeline([new RandomResizedCrop(8, 8)], Plain));
        AssertRefused("1 channel", new ImagePipeline([new Resize(8, 8)], new ChannelStatistics([0], [1])));
        AssertRefused(nameof(OwnStep), new ImagePipeline([new Resize(8, 8), new RandomApply([new OwnStep()])], Plain));
        var pipeline = new DevicePipeline(CassTransforms.Training(8, 8));
        using var wrong = zeros(2, 3, 8, 9);
        Assert.Throws<ArgumentException>(() => pipeline.Apply(wrong, [0, 1], 1));
    }

    private static void AssertRefused(string part, ImagePipeline pipeline) =>
        Assert.Contains(part, Assert.Throws<CassInputException>(() => new DevicePipeline(pipeline)).Message, StringComparison.Ordinal);

    private static (float[] Expected, float[] Actual) Run(IImageTransform[] steps)
    {
        // Smooth images, as resampling twice blurs noise more than resampling once.
        var dataset = ImageDataset.FromImages(Enumerable.Range(0, 24).Select(i =>
            (IImageSource)new EncodedImage(TestImages.Encode(ImageResampling.Resize(TestImages.Pattern(7, 7, 3, i), 60, 52, Interpolation.Bicubic)), $"{i}")));
        var pipeline = new ImagePipeline([new Resize(Side, Side), .. steps], Plain);
        var device = new DevicePipeline(pipeline);
        var options = new ImageLoaderOptions { BatchSize = 24 };
        using var whole = new ImageLoader(dataset, pipeline, options);
        using var prepared = new ImageLoader(dataset, device.Preparation, options);
        using var expected = whole.ReadEpoch(5).Single();
        using var input = prepared.ReadEpoch(5).Single();
        using var actual = device.Apply(input.Images, input.Indices, epoch: 5);
        Assert.Equal(expected.Images.shape, actual.shape);
        return (expected.Images.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    private sealed class OwnStep : IImageTransform
    {
        public PixelImage Apply(PixelImage image, Random random) => image;
    }
}
