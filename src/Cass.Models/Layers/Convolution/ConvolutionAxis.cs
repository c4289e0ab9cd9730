namespace Cass.Models;

/// <summary>One axis of a convolution.</summary>
/// <param name="Input">Pixels of the input.</param>
/// <param name="Kernel">Elements of the kernel.</param>
/// <param name="Stride">Pixels of the input from one of the output to the next.</param>
/// <param name="Padding">Zeros before and after the input.</param>
internal readonly record struct ConvolutionAxis(long Input, long Kernel, long Stride, long Padding)
{
    /// <summary>Pixels of the output.</summary>
    public long Output => Input + (2 * Padding) < Kernel ? 0 : ((Input + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Whether output and input are the same pixels.</summary>
    public bool IsIdentity => (Kernel, Stride, Padding) == (1, 1, 0);

    /// <summary>The pixels of the output for which an element of the kernel lies within the input.</summary>
    public ConvolutionReach Reach(int element)
    {
        var offset = element - Padding;
        var first = offset >= 0 ? 0 : (-offset + Stride - 1) / Stride;
        var end = offset >= Input ? 0 : Math.Min(Output, ((Input - 1 - offset) / Stride) + 1);
        return new ConvolutionReach(element, first, end - first, (first * Stride) + offset, Stride);
    }
}
