using static TorchSharp.torch;

namespace Cass.Metrics;

internal static class EmbeddingArguments
{
    public static void Require(string owner, string name, Tensor embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings, name);
        if (embeddings.dim() != 2 || embeddings.shape[1] == 0)
        {
            throw new ArgumentException($"{owner}: {name} is {MetricArguments.ShapeOf(embeddings)}; it must be [samples, dimensions].", name);
        }

        if (!embeddings.is_floating_point())
        {
            throw new ArgumentException($"{owner}: {name} {MetricArguments.ShapeOf(embeddings)} is {embeddings.dtype}; it must be floating point.", name);
        }
    }

    public static void RequireTwo(string owner, string name, Tensor embeddings)
    {
        if (embeddings.shape[0] < 2)
        {
            throw new ArgumentException($"{owner}: {name} is {MetricArguments.ShapeOf(embeddings)}; a spread needs at least 2 samples.", name);
        }
    }
}
