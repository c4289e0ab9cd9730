using Cass.Data;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cass.Tests.Data.Transforms;

/// <summary>The code for AVX2 against its portable twin, on images of all small sizes.</summary>
public sealed class VectorizedTests
{
    [Fact]
    public void Resizing_is_the_same() => Compare((image, random) =>
        ImageResampling.Resize(image, random.Next(1, 80), random.Next(1, 80), random.Next(2) == 0 ? Interpolation.Bilinear : Interpolation.Bicubic));

    [Fact]
    public void Affine_transforms_are_the_same() => Compare((image, random) =>
        ImageGeometry.Affine(image, random.Uniform(-180, 180), random.Next(-20, 20), random.Next(-20, 20), random.Uniform(0.2, 3), random.Uniform(-40, 40), 0, (Interpolation)random.Next(2)));

    [Fact]
    public void Perspectives_are_the_same() => Compare((image, random) =>
        ImageWarp.Perspective(
            image,
            [random.Uniform(0.5, 1.5), random.Uniform(-0.5, 0.5), random.Uniform(-9, 9), random.Uniform(-0.5, 0.5), random.Uniform(0.5, 1.5), random.Uniform(-9, 9), random.Uniform(-0.02, 0.02), random.Uniform(-0.02, 0.02)],
            Interpolation.Bilinear));

    [Fact]
    public void Saturation_is_the_same() => Compare((image, random) => ImageColor.AdjustSaturation(image, random.Uniform(0, 3)));

    [Fact]
    public void Luminance_is_the_same() => Compare((image, random) => ImageColor.ToGrayscale(image));

    [Fact]
    public void Tables_are_the_same() => Compare((image, random) => ImageColor.AdjustContrast(image, random.Uniform(0, 3)));

    private static void Compare(Func<PixelImage, Random, PixelImage> transform)
    {
        Assert.SkipUnless(SimdPaths.UseAvx2, "This processor has no AVX2; there is only the portable code.");
        try
        {
            Prop.ForAll(
                ArbMap.Default.ArbFor<int>(),
                Gen.Choose(1, 70).Two().ToArbitrary(),
                (seed, size) =>
                {
                    var image = TestImages.Pattern(size.Item1, size.Item2, seed % 2 == 0 ? 3 : 1, seed);
                    SimdPaths.IsDisabled = false;
                    var vectorized = transform(image, new Xoshiro256Random((ulong)seed));
                    SimdPaths.IsDisabled = true;
                    return transform(image, new Xoshiro256Random((ulong)seed)).Pixels.SequenceEqual(vectorized.Pixels);
                }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        }
        finally
        {
            SimdPaths.IsDisabled = false;
        }
    }
}
