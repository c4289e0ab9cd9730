namespace Cass.Models;

/// <summary>A convolution of an ONNX graph with constant weights, and the batch norm that takes its output.</summary>
/// <param name="Weight">Its weights.</param>
/// <param name="Bias">Its bias, with the batch norm that was folded into it; null for none.</param>
/// <param name="Norm">The batch norm after it; null for none.</param>
/// <param name="Depth">The longest way from the graph's input to it, in nodes.</param>
internal sealed record OnnxConvolution(OnnxInitializer Weight, OnnxInitializer? Bias, OnnxBatchNorm? Norm, int Depth);
