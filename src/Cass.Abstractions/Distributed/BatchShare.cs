using System.Runtime.InteropServices;

namespace Cass;

/// <summary>Which images of a batch a process takes: a run of neighbours, so that those of all processes in the order of their ranks are the batch.</summary>
/// <param name="Rank">The number of the process, from 0.</param>
/// <param name="Size">The number of processes, at least 1.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BatchShare(int Rank, int Size)
{
    /// <summary>The whole batch.</summary>
    public static BatchShare Whole { get; } = new(0, 1);

    /// <summary>The part of a batch. Parts differ by one image at most, the first ones being the larger.</summary>
    /// <param name="images">Number of images in the batch.</param>
    /// <returns>The first image of the part, and how many there are; none where there are fewer images than processes.</returns>
    public (int Start, int Count) Of(int images)
    {
        var (each, more) = Math.DivRem(images, Size);
        return ((Rank * each) + Math.Min(Rank, more), each + (Rank < more ? 1 : 0));
    }
}
