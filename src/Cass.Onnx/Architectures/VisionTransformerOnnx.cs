using Cass.Models;

namespace Cass.Onnx;

/// <summary>Writes a <see cref="VisionTransformer"/>, with DeiT's second token or without, for images of the size that it was built for.</summary>
internal sealed class VisionTransformerOnnx : IOnnxArchitecture<VisionTransformer>
{
    public bool TakesAnySize(VisionTransformer backbone) => false;

    public OnnxValue WriteFeatures(VisionTransformer backbone, OnnxGraph graph, OnnxValue images)
    {
        var weights = new NamedWeights(backbone);
        var patches = PatchTokens.Write(weights, graph, images);
        List<OnnxValue> tokens = [Token("cls_token")];
        if (backbone.PrefixTokens == 2)
        {
            tokens.Add(Token("dist_token"));
        }

        var value = graph.Add(graph.Concatenate([.. tokens, patches], 1), graph.Weight(weights["pos_embed"], "pos_embed"));
        for (var i = 0; i < backbone.Architecture.Depth; i++)
        {
            value = Block(weights, graph, value, $"blocks.{i}", backbone.Architecture.Heads);
        }

        return backbone.Norm is null ? value : weights.LayerNorm(graph, value, "norm");

        OnnxValue Token(string name) => graph.RepeatForBatch(graph.Weight(weights[name], name), images);
    }

    public OnnxValue WriteHead(VisionTransformer backbone, OnnxGraph graph, OnnxValue features)
    {
        var weights = new NamedWeights(backbone);
        if (backbone.PrefixTokens == 2)
        {
            return backbone.NumClasses == 0
                ? graph.Mean(graph.Slice(features, 1, 0, 2), [1])
                : graph.Multiply(graph.Add(weights.Linear(graph, graph.Select(features, 1, 0), "head"), weights.Linear(graph, graph.Select(features, 1, 1), "head_dist")), graph.Scalar(0.5));
        }

        var pooled = backbone.Norm is not null
            ? graph.Select(features, 1, 0)
            : weights.LayerNorm(graph, graph.Mean(graph.Slice(features, 1, backbone.PrefixTokens, features.Size(1) - backbone.PrefixTokens), [1]), "fc_norm");
        return backbone.NumClasses == 0 ? pooled : weights.Linear(graph, pooled, "head");
    }

    private static OnnxValue Block(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, int heads)
    {
        var attended = graph.Add(Attention(weights, graph, weights.LayerNorm(graph, input, $"{name}.norm1"), $"{name}.attn", heads), input);
        return graph.Add(weights.Mlp(graph, weights.LayerNorm(graph, attended, $"{name}.norm2"), $"{name}.mlp"), attended);
    }

    private static OnnxValue Attention(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, int heads)
    {
        var (query, key, value) = AttentionParts.Split(graph, weights.Linear(graph, input, $"{name}.qkv"), heads);
        var scale = graph.Scalar(1 / Math.Sqrt(query.Size(-1)));
        var shares = graph.Softmax(graph.MatMul(graph.Multiply(query, scale), graph.Transpose(key, 0, 1, 3, 2)));
        return weights.Linear(graph, AttentionParts.Join(graph, graph.MatMul(shares, value)), $"{name}.proj");
    }
}
