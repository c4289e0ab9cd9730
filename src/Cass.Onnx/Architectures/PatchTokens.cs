namespace Cass.Onnx;

/// <summary>Cuts images into patches and projects each to a token: [batch, channels, height, width] to [batch, patches, width].</summary>
internal static class PatchTokens
{
    public static OnnxValue Write(NamedWeights weights, OnnxGraph graph, OnnxValue images)
    {
        var map = weights.Convolution(graph, images, "patch_embed.proj");
        return graph.Transpose(graph.Reshape(map, -1, map.Size(1), map.Size(2) * map.Size(3)), 0, 2, 1);
    }
}
