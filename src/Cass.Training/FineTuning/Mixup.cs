using Cass.Data;
using MathNet.Numerics.Distributions;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Mixes each image of a batch, and its targets, with those of the image at the same place from the end: mixup (Zhang et
/// al. 2018, arXiv 1710.09412) of whole images, or CutMix (Yun et al. 2019, arXiv 1905.04899) of a rectangle. It is
/// timm's <c>Mixup</c> in the mode <c>batch</c>.
/// </summary>
/// <param name="options">Which of them, and how often.</param>
public sealed class Mixup(MixupOptions options)
{
    /// <summary>Mixes a batch.</summary>
    /// <param name="images">Images: float [batch, channels, height, width]. They stay as they are.</param>
    /// <param name="targets">Targets in [0, 1]: float [batch, classes].</param>
    /// <param name="random">What shares and rectangles are drawn from.</param>
    /// <returns>The mixed images and targets: new tensors of the caller's, or other handles of those given where the batch is not mixed.</returns>
    public (Tensor Images, Tensor Targets) Apply(Tensor images, Tensor targets, Random random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(random);
        if (!options.IsOn || random.NextDouble() >= options.Probability)
        {
            return (images.alias(), targets.alias());
        }

        var cuts = options.CutMixAlpha > 0 && (options.MixupAlpha == 0 || random.NextDouble() < options.SwitchProbability);
        var alpha = cuts ? options.CutMixAlpha : options.MixupAlpha;
        var share = Beta.Sample(random, alpha, alpha);
        if (!cuts)
        {
            return (Blend(images, share), Blend(targets, share));
        }

        var cut = Rectangle.Draw((int)images.shape[2], (int)images.shape[3], share, random);
        return (Paste(images, cut), Blend(targets, cut.ShareOutside));
    }

    /// <summary>share·x + (1 − share)·x from the end.</summary>
    private static Tensor Blend(Tensor values, double share)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var blended = values.clone();
        TorchKernels.Invoke("lerp", new[] { blended }, new[] { values.flip(0) }, 1 - share);
        return blended.MoveToOuterDisposeScope();
    }

    private static Tensor Paste(Tensor images, Rectangle cut)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var pasted = images.clone();
        Cut(pasted).copy_(Cut(images).flip(0));
        return pasted.MoveToOuterDisposeScope();

        Tensor Cut(Tensor whole) => whole.narrow(2, cut.Top, cut.Height).narrow(3, cut.Left, cut.Width);
    }

    /// <summary>What CutMix takes from the other image.</summary>
    private readonly record struct Rectangle(int Top, int Left, int Height, int Width, double ShareOutside)
    {
        /// <summary>Of about 1 − share of the area, about a point drawn evenly, as far as it lies within the image.</summary>
        public static Rectangle Draw(int height, int width, double share, Random random)
        {
            var side = Math.Sqrt(1 - share);
            var (halfHeight, halfWidth) = ((int)(height * side) / 2, (int)(width * side) / 2);
            var (y, x) = (random.Next(height), random.Next(width));
            var (top, bottom) = (Math.Max(0, y - halfHeight), Math.Min(height, y + halfHeight));
            var (left, right) = (Math.Max(0, x - halfWidth), Math.Min(width, x + halfWidth));
            return new(top, left, bottom - top, right - left, 1 - ((double)(bottom - top) * (right - left) / ((double)height * width)));
        }
    }
}
