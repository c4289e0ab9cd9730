using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>How a tensor of a file becomes a tensor of a network.</summary>
/// <param name="Description">What is done, for the report, such as <c>position embedding resized from 14x14 to 24x24</c>.</param>
/// <param name="Apply">Does it, on a floating-point tensor of at least single precision.</param>
internal sealed record AdaptationStep(string Description, Func<Tensor, Tensor> Apply);
