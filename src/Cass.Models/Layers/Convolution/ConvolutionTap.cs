using Cass.Tensors;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>One element of a kernel and what it reaches; channels are last in all tensors.</summary>
internal sealed class ConvolutionTap(ConvolutionReach rows, ConvolutionReach columns)
{
    public bool IsEmpty => rows.Count < 1 || columns.Count < 1;

    /// <summary>The pixels of [batch, height, width, inputs] that it reads.</summary>
    public Tensor OfInput(Tensor pixels) => columns.OfInput(rows.OfInput(pixels, 1), 2);

    /// <summary>The pixels of [batch, height, width, outputs] that it adds to.</summary>
    public Tensor OfOutput(Tensor pixels) => columns.OfOutput(rows.OfOutput(pixels, 1), 2);

    /// <summary>Its part of [outputs, kernel height, kernel width, inputs]: [outputs, inputs].</summary>
    public Tensor OfWeights(Tensor taps) => taps.select(1, rows.Element).select(1, columns.Element);
}
