using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// Changes the pixel values of each image of a batch by its own plan. Steps of the same place in the plans run together;
/// an image without one goes through unchanged.
/// </summary>
internal static class BatchColor
{
    private static readonly double[] Luminance = [19595.0 / 65536, 38470.0 / 65536, 7471.0 / 65536];

    /// <param name="images">Float [batch, 3, height, width] in [0, 1].</param>
    /// <param name="plans">One for each image.</param>
    /// <returns>Float [batch, 3, height, width] in [0, 1].</returns>
    public static Tensor Apply(Tensor images, IReadOnlyList<ImagePlanSegment> plans)
    {
        using var scope = NewDisposeScope();
        var current = images;
        for (var place = 0; place < plans.Max(p => p.Steps.Count); place++)
        {
            PixelStep?[] steps = [.. plans.Select(p => place < p.Steps.Count ? p.Steps[place] : null)];
            current = Linear(current, steps);
            current = Chosen(current, steps, PixelStepKind.Hue, ShiftHue);
            current = Chosen(current, steps, PixelStepKind.Solarize, Solarize);
            current = Chosen(current, steps, PixelStepKind.Blur, Blur);
        }

        return ReferenceEquals(current, images) ? images.alias().MoveToOuterDisposeScope() : current.MoveToOuterDisposeScope();
    }

    /// <summary>Brightness, contrast and saturation: x becomes M·x + b, clamped, with a 3×3 matrix and an offset for each image.</summary>
    private static Tensor Linear(Tensor images, PixelStep?[] steps)
    {
        if (!Array.Exists(steps, s => s?.Kind is PixelStepKind.Brightness or PixelStepKind.Contrast or PixelStepKind.Saturation))
        {
            return images;
        }

        var (batch, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var matrices = new double[steps.Length * 9];
        var meanShares = new double[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            var (kind, amount) = (steps[i]?.Kind, steps[i]?.Amount ?? 1);
            for (var row = 0; row < 3; row++)
            {
                for (var column = 0; column < 3; column++)
                {
                    var own = row == column ? 1.0 : 0.0;
                    matrices[(i * 9) + (row * 3) + column] = kind switch
                    {
                        PixelStepKind.Brightness or PixelStepKind.Contrast => amount * own,
                        PixelStepKind.Saturation => (amount * own) + ((1 - amount) * Luminance[column]),
                        _ => own,
                    };
                }
            }

            meanShares[i] = kind == PixelStepKind.Contrast ? 1 - amount : 0;
        }

        var pixels = images.view(batch, 3, height * width);
        var changed = tensor(matrices, [batch, 3, 3]).to(images.dtype, images.device).bmm(pixels);
        if (Array.Exists(meanShares, s => s != 0))
        {
            var means = tensor(Luminance, [1, 3]).to(images.dtype, images.device).matmul(pixels.mean([2]).unsqueeze(-1));
            changed = changed.Plus(means * tensor(meanShares, [batch, 1, 1]).to(images.dtype, images.device));
        }

        return changed.clamp(KeptScalar.Of(0.0), KeptScalar.Of(1.0)).view(batch, 3, height, width);
    }

    /// <summary>Runs a change on those images of a batch whose plan has it at this place.</summary>
    private static Tensor Chosen(Tensor images, PixelStep?[] steps, PixelStepKind kind, Func<Tensor, PixelStep[], Tensor> change)
    {
        long[] chosen = [.. Enumerable.Range(0, steps.Length).Where(i => steps[i]?.Kind == kind).Select(i => (long)i)];
        if (chosen.Length == 0)
        {
            return images;
        }

        var positions = tensor(chosen).to(images.device);
        var changed = change(images.index_select(0, positions), [.. chosen.Select(i => steps[i]!)]);
        return images.index_copy(0, positions, changed);
    }

    private static Tensor Amounts(PixelStep[] steps, Tensor like) =>
        tensor(steps.Select(s => s.Amount).ToArray(), [steps.Length, 1, 1]).to(like.dtype, like.device);

    private static Tensor Solarize(Tensor images, PixelStep[] steps)
    {
        // Half a level below the threshold, as levels divided by 255 are not exact.
        var threshold = Amounts(steps, images).Plus(-0.5).Over(255).unsqueeze(1);
        return where(images < threshold, images, TensorArithmetic.Minus(1, images));
    }

    private static Tensor ShiftHue(Tensor images, PixelStep[] steps)
    {
        var (r, g, b) = (images.select(1, 0), images.select(1, 1), images.select(1, 2));
        var largest = images.amax([1]);
        var range = largest.Minus(images.amin([1]));
        var colored = range.gt(KeptScalar.Of(0.0));
        var divisor = where(colored, range, ones_like(range));
        var hue = where(
            largest == r,
            g.Minus(b) / divisor,
            where(largest == g, (b.Minus(r) / divisor).Plus(2), (r.Minus(g) / divisor).Plus(4)));
        hue = where(colored, hue, zeros_like(hue)).Over(6);
        hue = hue.Plus(Amounts(steps, images)).remainder(KeptScalar.Of(1.0));

        // A channel is the value less the saturated part of it that the hue leaves out (Smith 1978).
        Tensor Channel(double offset)
        {
            var k = hue.Times(6).Plus(offset).remainder(KeptScalar.Of(6.0));
            return largest.Minus(range * minimum(k, TensorArithmetic.Minus(4, k)).clamp(KeptScalar.Of(0.0), KeptScalar.Of(1.0)));
        }

        return stack([Channel(5), Channel(3), Channel(1)], dim: 1);
    }

    private static Tensor Blur(Tensor images, PixelStep[] steps)
    {
        var (count, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var size = steps.Max(s => s.KernelSize);
        var kernels = new double[count * size];
        for (var i = 0; i < steps.Length; i++)
        {
            var kernel = kernels.AsSpan(i * size, size);
            for (var k = 0; k < size; k++)
            {
                var distance = k - (size / 2);
                kernel[k] = Math.Abs(distance) <= steps[i].KernelSize / 2 ? Math.Exp(-0.5 * distance * distance / (steps[i].Amount * steps[i].Amount)) : 0;
            }

            var sum = 0.0;
            foreach (var weight in kernel)
            {
                sum += weight;
            }

            for (var k = 0; k < size; k++)
            {
                kernel[k] /= sum;
            }
        }

        // One group for each channel of each image.
        var weights = tensor(kernels, [count, 1, size]).to(images.dtype, images.device).expand(count, 3, size).reshape(count * 3, 1, 1, size);
        var padded = nn.functional.pad(images, [size / 2, size / 2, size / 2, size / 2], PaddingModes.Reflect).view(1, count * 3, height + size - 1, width + size - 1);
        var rows = nn.functional.conv2d(padded, weights, groups: count * 3);
        return nn.functional.conv2d(rows, weights.transpose(2, 3), groups: count * 3).view(count, 3, height, width);
    }
}
