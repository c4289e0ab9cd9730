using Cass.Data;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cass.Tests.Data.Transforms;

/// <summary>What lets a pipeline work on one channel while an image is grey.</summary>
public sealed class GrayInvarianceTests
{
    public static TheoryData<string> Transforms => [.. All.Keys];

    private static Dictionary<string, IImageTransform> All { get; } = new(StringComparer.Ordinal)
    {
        ["resize"] = new Resize(19, 33),
        ["resize bicubic"] = new Resize(50, 7, Interpolation.Bicubic),
        ["resize nearest"] = new Resize(11, 44, Interpolation.Nearest),
        ["jitter"] = new ColorJitter(0.4, 0.4, 0.4, 0.3),
        ["perspective"] = new RandomPerspective(0.5, 1),
        ["affine"] = new RandomAffine(40, (0.2, 0.1), (0.7, 1.4), (-10, 10), (-5, 5)),
        ["affine bicubic"] = new RandomAffine(40, interpolation: Interpolation.Bicubic),
        ["horizontal flip"] = new RandomHorizontalFlip(1),
        ["vertical flip"] = new RandomVerticalFlip(1),
        ["resized crop"] = new RandomResizedCrop(16, 20),
        ["center crop"] = new CenterCrop(9, 13),
        ["blur"] = new GaussianBlur(7),
        ["solarize"] = new RandomSolarize(100, 1),
        ["grayscale"] = new RandomGrayscale(1),
        ["random apply"] = new RandomApply([new ColorJitter(0.2, 0.2, 0.2), new RandomPerspective(0.2, 0.5)], 0.7),
        ["compose"] = new Compose(new RandomHorizontalFlip(), new RandomVerticalFlip()),
    };

    [Theory]
    [MemberData(nameof(Transforms))]
    public void A_gray_image_gives_the_same_as_one_channel_and_as_three(string name)
    {
        var transform = All[name];
        Assert.True(transform.PreservesGray);
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                var gray = TestImages.Pattern(21 + (seed & 7), 17 + (seed & 15), 1, seed);
                var one = transform.Apply(gray, new Xoshiro256Random((ulong)seed));
                var three = transform.Apply(TestImages.ToRgb(gray), new Xoshiro256Random((ulong)seed));
                return (one.Channels == 3 ? one : TestImages.ToRgb(one)).Pixels.SequenceEqual(three.Pixels);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pipelines_give_the_same_for_gray_images_in_one_channel_and_in_three()
    {
        var pipeline = CassTransforms.Training(24, 24);
        for (var seed = 0; seed < 200; seed++)
        {
            var gray = TestImages.Pattern(30, 40, 1, seed);
            var (one, three) = (new float[pipeline.OutputLength], new float[pipeline.OutputLength]);
            pipeline.Apply(gray, new Xoshiro256Random((ulong)seed), one);
            pipeline.Apply(TestImages.ToRgb(gray), new Xoshiro256Random((ulong)seed), three);
            Assert.Equal(one, three);
        }
    }

    [Fact]
    public void A_transform_of_ones_own_always_gets_three_channels()
    {
        var pipeline = new ImagePipeline([new Resize(8, 8), new RedOnly()], ChannelStatistics.Half);
        var output = new float[pipeline.OutputLength];
        pipeline.Apply(new PixelImage(2, 2, 1, [255, 255, 255, 255]), new Xoshiro256Random(1), output);
        Assert.All(output[..64], v => Assert.Equal(1f, v));
        Assert.All(output[64..], v => Assert.Equal(-1f, v));
    }

    [Fact]
    public void A_network_of_one_channel_gets_the_luminance()
    {
        var pipeline = new ImagePipeline([new Resize(1, 1)], new ChannelStatistics([0], [1]));
        var output = new float[1];
        pipeline.Apply(new PixelImage(1, 1, 3, [200, 100, 50]), new Xoshiro256Random(1), output);
        Assert.Equal(124 / 255f, output[0]);
    }

    private sealed class RedOnly : IImageTransform
    {
        public PixelImage Apply(PixelImage image, Random random)
        {
            Assert.Equal(3, image.Channels);
            return new PixelImage(image.Width, image.Height, 3, [.. image.Pixels.Select((p, i) => i % 3 == 0 ? p : (byte)0)]);
        }
    }
}
