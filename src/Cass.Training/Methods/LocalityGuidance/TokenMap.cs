using Cass.Models;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The features of a network by their place in the image.</summary>
internal static class TokenMap
{
    /// <summary>
    /// Lays features out as a map: those of a convolutional network are one; the patches' tokens of ViT, DeiT and Swin are laid out row
    /// by row, without the tokens before them.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="features">What its <see cref="Backbone.ForwardFeatures"/> gave.</param>
    /// <param name="images">For these images: [batch, channels, height, width].</param>
    /// <returns>[batch, <see cref="Backbone.NumFeatures"/>, rows, columns].</returns>
    /// <exception cref="CassInputException">The features are no map, and it is not known how they make one.</exception>
    public static Tensor Of(Backbone network, Tensor features, Tensor images)
    {
        if (features.dim() == 4 && features.shape[1] == network.NumFeatures)
        {
            return features.alias();
        }

        if (features.dim() != 3 || features.shape[2] != network.NumFeatures || Prefix(network) is not { } prefix)
        {
            throw new CassInputException(
                $"The features of {network.ModelName}, [{string.Join(", ", features.shape)}], are no map: use a network whose {nameof(Backbone.ForwardFeatures)} gives [batch, {network.NumFeatures}, height, width], or a {nameof(VisionTransformer)} or {nameof(SwinTransformer)}.");
        }

        var count = features.shape[1] - prefix;
        var (rows, columns) = Grid(images.shape[2], images.shape[3], count);
        return features.narrow(1, prefix, count).transpose(1, 2).unflatten(2, [rows, columns]);
    }

    private static int? Prefix(Backbone network) => network switch
    {
        VisionTransformer transformer => transformer.PrefixTokens,
        SwinTransformer => 0,
        _ => null,
    };

    /// <summary>Rows and columns of a number of tokens. Each stands for a square of pixels, of the smallest side that gives that number.</summary>
    private static (long Rows, long Columns) Grid(long height, long width, long count)
    {
        for (var side = 1L; side <= Math.Max(height, width); side++)
        {
            var (rows, columns) = ((height + side - 1) / side, (width + side - 1) / side);
            if (rows * columns == count)
            {
                return (rows, columns);
            }
        }

        throw new InvalidOperationException($"{count} tokens are no grid of squares of an image of {height}x{width}.");
    }
}
