using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Checks the shape of what a network is given, before libtorch does with less to say.</summary>
internal static class ImageShape
{
    /// <summary>Requires [batch, channels, any, any].</summary>
    public static void Require(Tensor images, string modelName, long channels)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 4 || images.size(1) != channels)
        {
            throw new ArgumentException(
                $"'{modelName}' takes images of shape [batch, {channels}, height, width]; it was given [{string.Join(", ", images.shape)}].",
                nameof(images));
        }
    }

    /// <summary>Requires [batch, channels, height, width].</summary>
    public static void Require(Tensor images, string modelName, long channels, long height, long width)
    {
        Require(images, modelName, channels);
        if (images.size(2) != height || images.size(3) != width)
        {
            throw new ArgumentException(
                $"'{modelName}' was built for images of {height}x{width}; it was given {images.size(2)}x{images.size(3)}. Build it with that ImageHeight and ImageWidth, or resize the images.",
                nameof(images));
        }
    }
}
