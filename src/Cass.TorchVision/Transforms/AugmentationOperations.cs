using Cass.Data;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torchvision.transforms;

namespace Cass.TorchVision;

/// <summary>
/// The operations of automatic augmentation on uint8 tensors, with torchvision's pixels. Callers have a dispose scope.
/// </summary>
/// <remarks>
/// TorchVision 0.107 has functions of these names, of which those for contrast and saturation mix grey levels of [0, 1] into bytes, and those for
/// shears and shifts turn about another point and know one interpolation; most make numbers that a garbage collection may free too soon. Of them,
/// only the native <c>equalize</c> is used.
/// </remarks>
internal static class AugmentationOperations
{
    private static readonly double[] Luminance = [0.2989, 0.587, 0.114];

    /// <summary>Applies an operation.</summary>
    /// <param name="image">uint8 [3, height, width].</param>
    /// <param name="operation">The operation.</param>
    /// <param name="magnitude">Its magnitude in torchvision's units.</param>
    /// <param name="interpolation">How values between pixels are found, in shears, shifts and rotations.</param>
    /// <returns>uint8 [3, height, width]; the given tensor where nothing changes.</returns>
    public static Tensor Apply(Tensor image, AugmentationOperation operation, double magnitude, Interpolation interpolation) => operation switch
    {
        AugmentationOperation.Identity => image,
        AugmentationOperation.ShearX => Warp(image, [1, magnitude, 0, 0, 1, 0], interpolation, aboutCorner: true),
        AugmentationOperation.ShearY => Warp(image, [1, 0, 0, magnitude, 1, 0], interpolation, aboutCorner: true),
        AugmentationOperation.TranslateX => Warp(image, [1, 0, -Math.Truncate(magnitude), 0, 1, 0], interpolation),
        AugmentationOperation.TranslateY => Warp(image, [1, 0, 0, 0, 1, -Math.Truncate(magnitude)], interpolation),
        AugmentationOperation.Rotate => Rotate(image, magnitude, interpolation),
        AugmentationOperation.Brightness => Blend(image, null, 1 + magnitude),
        AugmentationOperation.Color => Blend(image, Gray(image), 1 + magnitude),
        AugmentationOperation.Contrast => Blend(image, Gray(image).mean(), 1 + magnitude),
        AugmentationOperation.Sharpness => AdjustSharpness(image, 1 + magnitude),
        AugmentationOperation.Posterize => Posterize(image, (int)magnitude),
        AugmentationOperation.Solarize => where(image.to(ScalarType.Float32).lt(KeptScalar.Of(magnitude)), image, Invert(image)),
        AugmentationOperation.AutoContrast => AutoContrast(image),
        AugmentationOperation.Equalize => functional.equalize(image),
        AugmentationOperation.Invert => Invert(image),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, message: null),
    };

    /// <summary>Rotates about the centre, counter-clockwise; what comes from outside of the image is black.</summary>
    /// <param name="image">uint8 [3, height, width].</param>
    /// <param name="degrees">The angle.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    public static Tensor Rotate(Tensor image, double degrees, Interpolation interpolation)
    {
        var (sine, cosine) = Math.SinCos(-degrees * Math.PI / 180);
        return Warp(image, [cosine, sine, 0, -sine, cosine, 0], interpolation);
    }

    /// <summary>The image times a factor, and its blurred self times the rest.</summary>
    /// <param name="image">uint8 [3, height, width].</param>
    /// <param name="factor">1 changes nothing, 0 blurs.</param>
    public static Tensor AdjustSharpness(Tensor image, double factor)
    {
        var (height, width) = (image.size(1), image.size(2));
        if (height <= 2 || width <= 2)
        {
            return image;
        }

        var kernel = tensor([1f, 1, 1, 1, 5, 1, 1, 1, 1], [1, 1, 3, 3]).to(image.device).Over(13).expand(3, 1, 3, 3);
        var inner = nn.functional.conv2d(image.to(ScalarType.Float32).unsqueeze(0), kernel, groups: 3).squeeze(0).round();
        var blurred = image.to(ScalarType.Float32);
        blurred.narrow(1, 1, height - 2).narrow(2, 1, width - 2).copy_(inner);
        return Blend(image, blurred, factor);
    }

    /// <summary>Keeps the highest bits of each value.</summary>
    public static Tensor Posterize(Tensor image, int bits) => image.bitwise_and(tensor((byte)-(1 << (8 - bits))).to(image.device));

    /// <summary>Stretches the values of each channel over the whole range; a channel of one value stays.</summary>
    public static Tensor AutoContrast(Tensor image)
    {
        var values = image.to(ScalarType.Float32);
        var (least, most) = (values.amin([1, 2], keepdim: true), values.amax([1, 2], keepdim: true));
        var scale = ones_like(least).Times(255).div(most.Minus(least));
        var isPlain = most.eq(least);
        scale = where(isPlain, ones_like(scale), scale);
        least = where(isPlain, zeros_like(least), least);
        return ToBytes(values.Minus(least).mul(scale));
    }

    /// <summary>255 less each value.</summary>
    public static Tensor Invert(Tensor image) => image.bitwise_not();

    /// <summary>What a mixture of values in [0, 255] is as bytes, cut off and without fractions.</summary>
    public static Tensor ToBytes(Tensor values) => values.clamp(KeptScalar.Of(0.0), KeptScalar.Of(255.0)).to(ScalarType.Byte);

    /// <summary>The luminance, as whole numbers, [1, height, width].</summary>
    private static Tensor Gray(Tensor image)
    {
        var values = image.to(ScalarType.Float32);
        var sum = values.narrow(0, 0, 1).Times(Luminance[0]).Plus(values.narrow(0, 1, 1).Times(Luminance[1])).Plus(values.narrow(0, 2, 1).Times(Luminance[2]));
        return sum.floor();
    }

    /// <summary>The image times a factor, and another times the rest; black where it is null.</summary>
    private static Tensor Blend(Tensor image, Tensor? other, double factor)
    {
        var scaled = image.to(ScalarType.Float32).Times(factor);
        return ToBytes(other is null ? scaled : scaled.Plus(other.Times(1 - factor)));
    }

    /// <summary>
    /// Resamples by a matrix that maps positions of the result to positions of the image, both measured from the centre or the upper left corner.
    /// </summary>
    private static Tensor Warp(Tensor image, double[] matrix, Interpolation interpolation, bool aboutCorner = false)
    {
        var (height, width) = (image.size(1), image.size(2));
        if (aboutCorner)
        {
            var (x, y) = (width * 0.5, height * 0.5);
            matrix[2] += (matrix[0] * x) + (matrix[1] * y) - x;
            matrix[5] += (matrix[3] * x) + (matrix[4] * y) - y;
        }

        var columns = Centers(width).view(1, width).expand(height, width);
        var rows = Centers(height).view(height, 1).expand(height, width);
        var positions = stack([columns, rows, ones_like(columns)], dim: -1).view(1, height * width, 3);
        double[] scaled = [.. matrix.Select((value, i) => value / (0.5 * (i < 3 ? width : height)))];
        var grid = positions.matmul(tensor(scaled.Select(value => (float)value).ToArray(), [2, 3]).t()).view(1, height, width, 2).to(image.device);
        var mode = interpolation == Interpolation.Nearest ? GridSampleMode.Nearest : GridSampleMode.Bilinear;
        var sampled = nn.functional.grid_sample(image.to(ScalarType.Float32).unsqueeze(0), grid, mode: mode, padding_mode: GridSamplePaddingMode.Zeros, align_corners: false);
        return sampled.squeeze(0).round().to(ScalarType.Byte);
    }

    private static Tensor Centers(long count) => tensor(Enumerable.Range(0, (int)count).Select(i => (float)(i + 0.5 - (count * 0.5))).ToArray());
}
