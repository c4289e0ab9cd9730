namespace Cass.Tensors;

/// <summary>One axis of a convolution.</summary>
/// <param name="Input">Pixels of the input.</param>
/// <param name="Kernel">Elements of the kernel.</param>
/// <param name="Stride">Pixels of the input from one of the output to the next.</param>
/// <param name="Padding">Zeros before and after the input.</param>
/// <param name="Dilation">Pixels of the input from one element of the kernel to the next.</param>
internal readonly record struct ConvolutionAxis(long Input, long Kernel, long Stride, long Padding, long Dilation = 1)
{
    /// <summary>Pixels of the output.</summary>
    public long Output => Room < 0 ? 0 : (Room / Stride) + 1;

    /// <summary>Whether output and input are the same pixels.</summary>
    public bool IsIdentity => (Kernel, Stride, Padding) == (1, 1, 0);

    /// <summary>Whether the kernel is as long as the padded input, so that no stride is taken.</summary>
    public bool IsCoveredAtOnce => Room == 0;

    /// <summary>Whether every element of the kernel lies within the input for some pixel of the output.</summary>
    public bool ReachesEverywhere
    {
        get
        {
            for (var element = 0; element < Kernel; element++)
            {
                if (Reach(element).Count < 1)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>How far the kernel can move over the padded input.</summary>
    private long Room => Input + (2 * Padding) - (Dilation * (Kernel - 1)) - 1;

    /// <summary>The pixels of the output for which an element of the kernel lies within the input.</summary>
    public ConvolutionReach Reach(int element)
    {
        var offset = (Dilation * element) - Padding;
        var first = offset >= 0 ? 0 : (-offset + Stride - 1) / Stride;
        var end = offset >= Input ? 0 : Math.Min(Output, ((Input - 1 - offset) / Stride) + 1);
        return new ConvolutionReach(element, first, end - first, (first * Stride) + offset, Stride);
    }
}
