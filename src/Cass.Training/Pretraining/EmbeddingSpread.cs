using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// The spread of embeddings: per-dimension standard deviation on the unit sphere times √dimensions, averaged. About 1 is
/// healthy; near 0 every image has the same embedding.
/// </summary>
internal static class EmbeddingSpread
{
    public static double Of(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var onSphere = nn.functional.normalize(embeddings.to(ScalarType.Float32), dim: -1);
        return (onSphere.std(0, unbiased: false).mean() * Math.Sqrt(embeddings.shape[^1])).item<float>();
    }
}
