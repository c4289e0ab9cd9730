using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// The masks of shifted windows (Liu et al. 2021, section 3.2 and figure 4) that a network of any image size has needed, by the
/// size of the map. Thread-safe.
/// </summary>
internal sealed class ShiftedWindowMasks : IDisposable
{
    /// <summary>Several crops in each of a network's stages; a mask is large beside the time that it takes to make.</summary>
    private const int Capacity = 32;
    private const double Masked = -100;

    private readonly Lock gate = new();

    /// <summary>The one used last stands last.</summary>
    private readonly List<Entry> entries = [];
    private bool isDisposed;

    /// <summary>
    /// Makes the mask of a map that was rolled up and left by <paramref name="shift"/>: 0 where two tokens of a window may see
    /// each other, -100 where they are neighbours only because the map was rolled.
    /// </summary>
    /// <param name="height">Height of the map, a multiple of the window.</param>
    /// <param name="width">Width of the map, a multiple of the window.</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="shift">Between 0 and the window, exclusively.</param>
    /// <returns>Float32 [windows, tokens, tokens] on the CPU.</returns>
    public static Tensor Create(long height, long width, long window, long shift)
    {
        using var scope = NewDisposeScope();
        long Region(long position, long size) => position < size - window ? 0 : position < size - shift ? 1 : 2;
        var regions = new float[height * width];
        for (long y = 0; y < height; y++)
        {
            for (long x = 0; x < width; x++)
            {
                regions[(y * width) + x] = (Region(y, height) * 3) + Region(x, width);
            }
        }

        var windows = AttentionWindows.Partition(tensor(regions, [1, height, width, 1]), window).squeeze(-1);
        var different = windows.unsqueeze(1).ne(windows.unsqueeze(2));
        return different.to(ScalarType.Float32).mul_(KeptScalar.Of(Masked)).MoveToOuterDisposeScope();
    }

    /// <summary>The mask as <see cref="Create"/> makes it, of a tensor's type and on its device; made where it is not kept.</summary>
    /// <param name="height">Height of the map, a multiple of the window.</param>
    /// <param name="width">Width of the map, a multiple of the window.</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="shift">Between 0 and the window, exclusively.</param>
    /// <param name="like">Of the type and on the device that are wanted.</param>
    /// <returns>A handle of its own, which the caller disposes.</returns>
    public Tensor Of(long height, long width, long window, long shift, Tensor like)
    {
        var key = new Key(height, width, window, shift);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            Drop(entries.FindAll(entry => !entry.Suits(like)));
            var found = entries.Find(entry => entry.Key == key);
            if (found is null)
            {
                Drop([.. entries.Take(entries.Count - Capacity + 1)]);
                found = new Entry(key, Make(key, like));
            }
            else
            {
                entries.Remove(found);
            }

            entries.Add(found);
            return found.Mask.alias();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            Drop([.. entries]);
        }
    }

    /// <summary>What is kept serves training too, wherever it was made.</summary>
    private static Tensor Make(Key key, Tensor like)
    {
        using var mode = inference_mode(false);
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        return Create(key.Height, key.Width, key.Window, key.Shift).to(like.dtype, like.device).DetachFromDisposeScope();
    }

    private void Drop(IReadOnlyCollection<Entry> outdated)
    {
        foreach (var entry in outdated)
        {
            entries.Remove(entry);
            entry.Mask.Dispose();
        }
    }

    private readonly record struct Key(long Height, long Width, long Window, long Shift);

    private sealed record Entry(Key Key, Tensor Mask)
    {
        public bool Suits(Tensor like) => Mask.dtype == like.dtype && Mask.device_type == like.device_type && Mask.device_index == like.device_index;
    }
}
