namespace Cass.Onnx;

/// <summary>Queries, keys and values by head, and back.</summary>
internal static class AttentionParts
{
    /// <summary>[batch, tokens, 3 · width] to three of [batch, heads, tokens, width / heads].</summary>
    public static (OnnxValue Query, OnnxValue Key, OnnxValue Value) Split(OnnxGraph graph, OnnxValue all, int heads)
    {
        var (tokens, width) = (all.Size(1), all.Size(2) / 3);
        var byHead = graph.Transpose(graph.Reshape(all, -1, tokens, 3, heads, width / heads), 2, 0, 3, 1, 4);
        return (graph.Select(byHead, 0, 0), graph.Select(byHead, 0, 1), graph.Select(byHead, 0, 2));
    }

    /// <summary>[batch, heads, tokens, width / heads] to [batch, tokens, width].</summary>
    public static OnnxValue Join(OnnxGraph graph, OnnxValue heads) =>
        graph.Reshape(graph.Transpose(heads, 0, 2, 1, 3), -1, heads.Size(2), heads.Size(1) * heads.Size(3));
}
