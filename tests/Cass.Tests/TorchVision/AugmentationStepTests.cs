using Cass.Data;
using Cass.Tests.Data;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.TorchVision;

/// <summary>torchvision's augmentations as steps of a pipeline: what they draw, and from what.</summary>
public sealed class AugmentationStepTests
{
    private const int Side = 32;
    private static readonly ChannelStatistics Plain = new([0, 0, 0], [1, 1, 1]);

    public static TheoryData<string> Steps => [.. All.Keys];

    private static Dictionary<string, IImageTransform[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["RandAugment"] = [new RandAugment()],
        ["RandAugment, bilinear"] = [new RandAugment(3, 15, interpolation: Interpolation.Bilinear)],
        ["TrivialAugmentWide"] = [new TrivialAugmentWide()],
        ["AutoAugment"] = [new AutoAugment()],
        ["AutoAugment of CIFAR-10"] = [new AutoAugment(AutoAugmentPolicy.Cifar10)],
        ["AugMix"] = [new AugMix()],
        ["AugMix of one"] = [new AugMix(width: 1, depth: 2, allOperations: false)],
        ["RandomRotation"] = [new RandomRotation(40, Interpolation.Bilinear)],
        ["RandomPosterize"] = [new RandomPosterize(3)],
        ["RandomEqualize"] = [new RandomEqualize()],
        ["RandomAutocontrast"] = [new RandomAutocontrast()],
        ["RandomInvert"] = [new RandomInvert()],
        ["RandomAdjustSharpness"] = [new RandomAdjustSharpness(2)],
        ["sometimes"] = [new RandomApply([new TrivialAugmentWide()], 0.5)],
        ["two"] = [new RandomInvert(), new Compose(new RandAugment(), new RandomPosterize(4))],
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void Batches_are_bit_equal_for_any_number_of_workers_and_on_a_device_and_differ_from_epoch_to_epoch(string name)
    {
        var pipeline = new ImagePipeline([new Resize(Side, Side), .. All[name]], Plain);
        var expected = Read(pipeline, workers: 0, epoch: 2);
        Assert.Equal(expected, Read(pipeline, workers: 3, epoch: 2));
        Assert.NotEqual(expected, Read(pipeline, workers: 0, epoch: 3));

        var device = new DevicePipeline(pipeline);
        using var loader = new ImageLoader(Images, device.Preparation, new ImageLoaderOptions { BatchSize = 12 });
        using var batch = loader.ReadEpoch(2).Single();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var changed = device.Apply(batch.Images, batch.Indices, epoch: 2))
        {
            Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.Equal(expected.Length, changed.NumberOfElements);
            Assert.All(expected.Zip(changed.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
    }

    [Fact]
    public void Nothing_is_drawn_from_libtorchs_generator_and_no_tensor_stays()
    {
        using var state = random.get_rng_state();
        var image = TestImages.Pattern(Side, Side);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var step in All.Values.SelectMany(steps => steps))
        {
            for (var seed = 0UL; seed < 12; seed++)
            {
                step.Apply(image, new Xoshiro256Random(seed));
            }
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var after = random.get_rng_state();
        Assert.True(state.equal(after).all().item<bool>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_before_and_after_stay_in_their_order_on_a_device(bool flipFirst)
    {
        var (mirrored, turned) = (new RandomHorizontalFlip(1), new RandomRotation((90, 90)));
        var pipeline = new ImagePipeline([new Resize(Side, Side), .. flipFirst ? (IImageTransform[])[mirrored, turned] : [turned, mirrored]], Plain);
        var device = new DevicePipeline(pipeline);
        using var images = rand(1, 3, Side, Side).Times(255).round().Over(255);
        using var actual = device.Apply(images, [0], epoch: 1);

        // A quarter turn counter-clockwise.
        using var expected = flipFirst ? images.flip(3).rot90(1, (2, 3)) : images.rot90(1, (2, 3)).flip(3);
        Assert.True(actual.allclose(expected, 0, 1e-5));
    }

    [Fact]
    public void A_batch_of_which_some_images_are_changed_and_then_cropped_keeps_its_size()
    {
        var pipeline = new ImagePipeline([new Resize(40, 40), new Compose(new RandomApply([new RandomInvert(1)], 0.5), new RandomResizedCrop(24, 20))], Plain);
        var device = new DevicePipeline(pipeline);
        using var images = rand(8, 3, 40, 40);
        using var changed = device.Apply(images, [.. Enumerable.Range(0, 8)], epoch: 1);
        Assert.Equal([8, 3, 24, 20], changed.shape);
    }

    [Fact]
    public void Signed_operations_go_both_ways_and_all_operations_come_as_often()
    {
        var ranges = TrivialAugmentWide.Ranges(31).ToList();
        var random = new Xoshiro256Random(5);
        const int Draws = 14_000;
        var drawn = Enumerable.Range(0, Draws).Select(_ => AugmentationRange.Draw(ranges, bin: null, 31, random)).ToList();

        // Four standard deviations of a binomial count.
        foreach (var group in drawn.GroupBy(d => d.Range.Operation))
        {
            Assert.InRange(group.Count(), 1000 - 122, 1000 + 122);
        }

        var signed = drawn.Where(d => d.Range.IsSigned).ToList();
        Assert.InRange(signed.Count(d => d.IsNegative) - (signed.Count / 2.0), -2 * Math.Sqrt(signed.Count), 2 * Math.Sqrt(signed.Count));
        Assert.DoesNotContain(drawn, d => d.IsNegative && !d.Range.IsSigned);
        Assert.Equal(Enumerable.Range(0, 31), drawn.Where(d => d.Range.Magnitude is not null).Select(d => d.Bin).Distinct().Order());
    }

    [Fact]
    public void A_grey_image_is_changed_as_its_three_equal_channels()
    {
        var gray = TestImages.Pattern(Side, Side, channels: 1);
        IImageTransform step = All["RandAugment"][0];
        for (var seed = 0UL; seed < 8; seed++)
        {
            Assert.Equal(
                step.Apply(TestImages.ToRgb(gray), new Xoshiro256Random(seed)).Pixels,
                step.Apply(gray, new Xoshiro256Random(seed)).Pixels);
        }
    }

    [Fact]
    public void Arguments_out_of_range_are_refused_with_their_value()
    {
        AssertRefused("17", () => new RandAugment(operations: 17));
        AssertRefused("31", () => new RandAugment(magnitude: 31));
        AssertRefused("1", () => new TrivialAugmentWide(bins: 1));
        AssertRefused("Bicubic", () => new TrivialAugmentWide(interpolation: Interpolation.Bicubic));
        AssertRefused("9", () => new AutoAugment((AutoAugmentPolicy)9));
        AssertRefused("11", () => new AugMix(severity: 11));
        AssertRefused("NaN", () => new AugMix(alpha: double.NaN));
        AssertRefused("-20", () => new RandomRotation((20, -20)));
        AssertRefused("9", () => new RandomPosterize(9));
        AssertRefused("1.5", () => new RandomInvert(1.5));
        AssertRefused("-1", () => new RandomAdjustSharpness(-1));
    }

    [Fact]
    public void A_tensor_step_that_changes_the_shape_is_named()
    {
        var pipeline = new ImagePipeline([new Resize(Side, Side), new Halved()], Plain);
        var error = Assert.Throws<InvalidOperationException>(() => Read(pipeline, workers: 0, epoch: 1));
        Assert.Contains(nameof(Halved), error.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 16, 32]", error.Message, StringComparison.Ordinal);
    }

    private static ImageDataset Images => TestImages.Dataset(12, 40, 44);

    private static float[] Read(ImagePipeline pipeline, int workers, int epoch)
    {
        using var loader = new ImageLoader(Images, pipeline, new ImageLoaderOptions { BatchSize = 12, Workers = workers });
        using var batch = loader.ReadEpoch(epoch).Single();
        return batch.Images.data<float>().ToArray();
    }

    private static void AssertRefused(string value, Func<object> create) =>
        Assert.Contains(value, Assert.Throws<CassInputException>(create).Message, StringComparison.Ordinal);

    private sealed class Halved : ITensorTransform
    {
        public Func<Tensor, Tensor> Draw(Random random) => image => image.narrow(1, 0, Side / 2);
    }
}
