using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// Adapts a position embedding to another grid of patches, as timm's <c>resize_pos_embed</c> does when weights are loaded and its
/// <c>resample_abs_pos_embed</c> in a network that takes images of any size.
/// </summary>
public static class PositionEmbedding
{
    /// <summary>
    /// Interpolates the grid of a position embedding (bicubic, corners not aligned); the rows of prefix tokens stay. Gradients flow
    /// back to it.
    /// </summary>
    /// <param name="embedding">Float [1, <paramref name="prefixTokens"/> + height · width, features], the grid row by row.</param>
    /// <param name="prefixTokens">Rows before the grid: 1 for a class token, 2 with a distillation token, 0 for none.</param>
    /// <param name="from">Height and width of its grid, in patches.</param>
    /// <param name="to">Height and width wanted, in patches.</param>
    /// <param name="antialias">
    /// False for PyTorch's plain bicubic kernel (Keys 1981, a = -0.75), as timm 0.5.4 loads weights. True for that with a = -0.5,
    /// widened where the grid shrinks so that no position is passed over, as later timm resamples: what a network with
    /// <see cref="BackboneOptions.DynamicImageSize"/> does. Default false.
    /// </param>
    /// <returns>Float [1, prefix tokens + new height · new width, features].</returns>
    /// <exception cref="ArgumentException">The shape does not agree with the grid.</exception>
    public static Tensor Resize(Tensor embedding, int prefixTokens, (int Height, int Width) from, (int Height, int Width) to, bool antialias = false)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixTokens);
        var patches = (long)from.Height * from.Width;
        if (embedding.dim() != 3 || embedding.size(0) != 1 || embedding.size(1) != prefixTokens + patches || to.Height < 1 || to.Width < 1)
        {
            throw new ArgumentException(
                $"A position embedding of shape [{string.Join(", ", embedding.shape)}] is not {prefixTokens} tokens and a grid of {from.Height}x{from.Width}.",
                nameof(embedding));
        }

        using var scope = NewDisposeScope();
        var prefix = embedding.narrow(1, 0, prefixTokens);
        var grid = embedding.narrow(1, prefixTokens, patches).reshape(1, from.Height, from.Width, -1).permute(0, 3, 1, 2);

        // libtorch has the antialiased kernel for no 16-bit numbers.
        var exact = antialias && grid.element_size() < sizeof(float) ? grid.to(ScalarType.Float32) : grid;
        var resized = nn.functional.interpolate(exact, size: [to.Height, to.Width], mode: InterpolationMode.Bicubic, align_corners: false, antialias: antialias).to(grid.dtype);
        var rows = resized.permute(0, 2, 3, 1).reshape(1, (long)to.Height * to.Width, -1);
        return cat([prefix, rows], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The grid of an embedding that does not say: square, as timm assumes; null where it cannot be.</summary>
    internal static (int Height, int Width)? SquareGrid(long patches)
    {
        var side = (int)Math.Round(Math.Sqrt(patches));
        return (long)side * side == patches && side > 0 ? (side, side) : null;
    }
}
