using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

internal static class Contrast
{
    private const double SmallestNorm = 1e-12;

    /// <summary>Rows of length 1; norms below 1e-12 count as 1e-12.</summary>
    public static Tensor Directions(Tensor embeddings) => functional.normalize(embeddings, p: 2, dim: 1, eps: SmallestNorm);
}
