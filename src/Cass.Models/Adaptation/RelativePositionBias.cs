using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Adapts the relative position biases of windowed attention to another window.</summary>
internal static class RelativePositionBias
{
    /// <summary>
    /// Interpolates a table of biases (bicubic, corners not aligned), as later versions of timm do:
    /// [(2·h-1)·(2·w-1), heads] to the same for another window.
    /// </summary>
    public static Tensor Resize(Tensor table, int from, int to)
    {
        using var scope = NewDisposeScope();
        long oldSide = (2 * from) - 1, newSide = (2 * to) - 1, heads = table.size(1);
        var grid = table.t().reshape(1, heads, oldSide, oldSide);
        var resized = nn.functional.interpolate(grid, size: [newSide, newSide], mode: InterpolationMode.Bicubic, align_corners: false);
        return resized.reshape(heads, newSide * newSide).t().contiguous().MoveToOuterDisposeScope();
    }
}
