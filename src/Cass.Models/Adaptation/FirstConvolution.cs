using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// Adapts a first convolution to images of another number of channels: one for RGB as timm's <c>adapt_input_conv</c>, one
/// for grey images by the same rule.
/// </summary>
public static class FirstConvolution
{
    /// <summary>Whether weights of a shape can be adapted to a number of channels.</summary>
    /// <param name="shape">[filters, channels, height, width].</param>
    /// <param name="channels">Channels wanted.</param>
    /// <returns>True for four dimensions with 1 or 3 channels, or for one channel wanted.</returns>
    public static bool CanAdapt(IReadOnlyList<long> shape, long channels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Count == 4 && channels >= 1 && (shape[1] is 1 or 3 || channels == 1);
    }

    /// <summary>
    /// Adapts weights: summed over the channels for one channel, so that a grey image gives what it gave as RGB;
    /// otherwise repeated in turn and scaled by the quotient of old and new channels, so that the sum over channels stays: a
    /// grey image in three channels gives what it gave in one.
    /// </summary>
    /// <param name="weight">Float [filters, 1 or 3, height, width]; any number of channels where one is wanted.</param>
    /// <param name="channels">Channels wanted, at least 1.</param>
    /// <returns>[filters, channels, height, width], of the same type.</returns>
    /// <exception cref="ArgumentException">The weight cannot be adapted to that.</exception>
    public static Tensor Adapt(Tensor weight, long channels)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (!CanAdapt(weight.shape, channels))
        {
            throw new ArgumentException($"A first convolution of shape [{string.Join(", ", weight.shape)}] cannot be adapted to {channels} channels; it must have 1 or 3.", nameof(weight));
        }

        if (channels == weight.size(1))
        {
            return weight.alias();
        }

        if (channels == 1)
        {
            return weight.sum(1, keepdim: true);
        }

        var given = weight.size(1);
        using var repeated = weight.repeat(1, (channels + given - 1) / given, 1, 1);
        using var cut = repeated.narrow(1, 0, channels);
        return cut.Times((double)given / channels);
    }
}
