using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Adapts a first convolution made for RGB to images of another number of channels, as timm's <c>adapt_input_conv</c>.</summary>
public static class FirstConvolution
{
    /// <summary>Whether weights of a shape can be adapted to a number of channels.</summary>
    /// <param name="shape">[filters, channels, height, width].</param>
    /// <param name="channels">Channels wanted.</param>
    /// <returns>True for four dimensions with 3 channels, or for one channel wanted.</returns>
    public static bool CanAdapt(IReadOnlyList<long> shape, long channels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Count == 4 && channels >= 1 && (shape[1] == 3 || channels == 1);
    }

    /// <summary>
    /// Adapts weights: summed over the channels for one channel, so that a grey image gives what it gave as RGB;
    /// otherwise repeated in turn and scaled by 3 / channels, so that the sum over channels stays.
    /// </summary>
    /// <param name="weight">Float [filters, 3, height, width]; any number of channels where one is wanted.</param>
    /// <param name="channels">Channels wanted, at least 1.</param>
    /// <returns>[filters, channels, height, width], of the same type.</returns>
    /// <exception cref="ArgumentException">The weight cannot be adapted to that.</exception>
    public static Tensor Adapt(Tensor weight, long channels)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (!CanAdapt(weight.shape, channels))
        {
            throw new ArgumentException($"A first convolution of shape [{string.Join(", ", weight.shape)}] cannot be adapted to {channels} channels; it must have 3.", nameof(weight));
        }

        if (channels == weight.size(1))
        {
            return weight.alias();
        }

        if (channels == 1)
        {
            return weight.sum(1, keepdim: true);
        }

        using var repeated = weight.repeat(1, (channels + 2) / 3, 1, 1);
        using var cut = repeated.narrow(1, 0, channels);
        return cut.Times(3.0 / channels);
    }
}
