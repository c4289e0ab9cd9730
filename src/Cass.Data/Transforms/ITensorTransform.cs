using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// A step that changes images as tensors, and so runs on the loader's threads and, by <see cref="DevicePipeline"/>, on a device, with the
/// same random parameters in both.
/// </summary>
/// <remarks>
/// Only <see cref="Draw"/> is to be written. Implementations keep no state between images: they are called from several threads at once. The
/// image always has three channels, and its size stays.
/// </remarks>
/// <example><code>
/// sealed class RandomGamma(double low, double high) : ITensorTransform
/// {
///     public Func&lt;Tensor, Tensor&gt; Draw(Random random)
///     {
///         var gamma = low + ((high - low) * random.NextDouble());
///         return image =&gt; image.to(ScalarType.Float32).Over(255).pow(tensor(gamma)).Times(255).round().to(ScalarType.Byte);
///     }
/// }
/// </code></example>
public interface ITensorTransform : IImageTransform
{
    /// <summary>Draws what is done with one image.</summary>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>
    /// What does it, and draws nothing more: from uint8 [3, height, width] on any device to the same shape and type on the same device. It leaves its
    /// argument as it is, and may return it; a dispose scope around it frees what it makes.
    /// </returns>
    Func<Tensor, Tensor> Draw(Random random);

    /// <summary>Applies the step on the CPU.</summary>
    /// <param name="image">The image, which is not changed nor kept.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>A new image of three channels.</returns>
    /// <exception cref="InvalidOperationException">The step gave a tensor of another shape or type.</exception>
    PixelImage IImageTransform.Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var rgb = ChannelLayout.ToRgb(image);
        var pixels = tensor(rgb.Pixels, [rgb.Height, rgb.Width, 3]).permute(2, 0, 1).contiguous();
        var changed = TensorSteps.Run(this, Draw(random), pixels).permute(1, 2, 0).contiguous();
        return new PixelImage(rgb.Width, rgb.Height, 3, changed.bytes.ToArray());
    }
}
