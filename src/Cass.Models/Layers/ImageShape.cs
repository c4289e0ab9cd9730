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
                $"'{modelName}' was built for images of {height}x{width}; it was given {images.size(2)}x{images.size(3)}. Build it with that ImageHeight and ImageWidth or with BackboneOptions.DynamicImageSize, or resize the images.",
                nameof(images));
        }
    }

    /// <summary>Requires [batch, channels, height, width] of sides that are multiples of a patch's.</summary>
    public static void RequirePatches(Tensor images, string modelName, long channels, long patchSize)
    {
        Require(images, modelName, channels);
        var (height, width) = (images.size(2), images.size(3));
        if (height < patchSize || width < patchSize || height % patchSize != 0 || width % patchSize != 0)
        {
            throw new ArgumentException(
                $"'{modelName}' cuts images into patches of {patchSize}x{patchSize}; it was given {height}x{width}. Resize or pad the images so that {patchSize} divides height and width, such as {Nearest(height)}x{Nearest(width)}.",
                nameof(images));
        }

        long Nearest(long side) => Math.Max(1, (side + (patchSize / 2)) / patchSize) * patchSize;
    }
}
