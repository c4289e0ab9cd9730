using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What one batch came to.</summary>
/// <param name="Loss">Its loss.</param>
/// <param name="Moved">Whether the weights have moved: false where gradients are gathered over more batches.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StepResult(Tensor Loss, bool Moved);
