namespace Cass.Tensors;

/// <summary>One axis of a convolution's kernel, and of the map that it runs over.</summary>
/// <param name="Input">Pixels of the map.</param>
/// <param name="Kernel">Elements of the kernel.</param>
/// <param name="Stride">Pixels of the map from one of the output to the next.</param>
/// <param name="Padding">Zeros before and after the map.</param>
/// <param name="Dilation">Pixels of the map from one element of the kernel to the next.</param>
internal readonly record struct KernelAxis(long Input, long Kernel, long Stride, long Padding, long Dilation)
{
    /// <summary>Whether the kernel is as long as the padded map, so that no stride is taken.</summary>
    public bool IsCoveredAtOnce => Room == 0;

    /// <summary>Whether each element of the kernel meets a pixel of the map, not of the padding, somewhere.</summary>
    public bool MeetsEveryElement
    {
        get
        {
            for (var element = 0L; element < Kernel; element++)
            {
                if (!Meets(element))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>How far the kernel can move over the padded map.</summary>
    private long Room => Input + (2 * Padding) - (Dilation * (Kernel - 1)) - 1;

    private bool Meets(long element)
    {
        var offset = (Dilation * element) - Padding;
        var step = offset >= 0 ? 0 : (-offset + Stride - 1) / Stride;
        return step * Stride <= Room && (step * Stride) + offset < Input;
    }
}
