using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>Square windows of a map of tokens, [batch, height, width, features] (Liu et al. 2021, section 3.2).</summary>
internal static class AttentionWindows
{
    /// <summary>Appends zeros at the bottom and right until a number divides both sides.</summary>
    /// <param name="map">[batch, height, width, features].</param>
    /// <param name="divisor">The number, at least 1.</param>
    /// <returns>A new tensor, or another handle of the same where nothing is missing.</returns>
    public static Tensor Pad(Tensor map, long divisor)
    {
        var (bottom, right) = (Missing(map.size(1), divisor), Missing(map.size(2), divisor));
        return bottom == 0 && right == 0 ? map.alias() : functional.pad(map, [0, 0, 0, right, 0, bottom]);
    }

    /// <summary>Undoes <see cref="Pad"/>.</summary>
    /// <param name="map">[batch, height, width, features], as large or larger.</param>
    /// <param name="height">Rows to keep.</param>
    /// <param name="width">Columns to keep.</param>
    /// <returns>A new contiguous tensor, or another handle of the same where nothing is left out.</returns>
    public static Tensor Crop(Tensor map, long height, long width)
    {
        if (map.size(1) == height && map.size(2) == width)
        {
            return map.alias();
        }

        using var rows = map.narrow(1, 0, height);
        using var kept = rows.narrow(2, 0, width);
        return kept.contiguous();
    }

    /// <summary>Cuts a map into windows.</summary>
    /// <param name="map">[batch, height, width, features], contiguous, of whole windows.</param>
    /// <param name="window">Side of a window.</param>
    /// <returns>[batch · windows, tokens of a window, features], those of one image together, row by row.</returns>
    public static Tensor Partition(Tensor map, long window)
    {
        var (batch, height, width, features) = (map.size(0), map.size(1), map.size(2), map.size(3));
        using var split = map.view(batch, height / window, window, width / window, window, features);
        using var grouped = split.permute(0, 1, 3, 2, 4, 5);
        return grouped.reshape(-1, window * window, features);
    }

    /// <summary>Undoes <see cref="Partition"/>.</summary>
    /// <param name="windows">[batch · windows, tokens of a window, features].</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="height">Height of the map.</param>
    /// <param name="width">Width of the map.</param>
    /// <returns>[batch, height, width, features].</returns>
    public static Tensor Join(Tensor windows, long window, long height, long width)
    {
        var features = windows.size(2);
        using var split = windows.view(-1, height / window, width / window, window, window, features);
        using var grouped = split.permute(0, 1, 3, 2, 4, 5);
        return grouped.reshape(-1, height, width, features);
    }

    private static long Missing(long size, long divisor) => (divisor - (size % divisor)) % divisor;
}
