using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>What an element of a kernel reaches along one axis.</summary>
/// <param name="Element">Number of the element, from 0.</param>
/// <param name="Output">First pixel of the output.</param>
/// <param name="Count">Number of pixels, none where it is not positive.</param>
/// <param name="Input">Pixel of the input for the first.</param>
/// <param name="Stride">Pixels of the input from one to the next.</param>
internal readonly record struct ConvolutionReach(int Element, long Output, long Count, long Input, long Stride)
{
    public Tensor OfInput(Tensor tensor, int dimension) => tensor.slice(dimension, Input, Input + ((Count - 1) * Stride) + 1, Stride);

    public Tensor OfOutput(Tensor tensor, int dimension) => tensor.narrow(dimension, Output, Count);
}
