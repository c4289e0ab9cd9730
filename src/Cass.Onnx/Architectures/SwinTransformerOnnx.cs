using Cass.Models;
using Cass.Tensors;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <summary>Writes a <see cref="SwinTransformer"/> for images of the size that it was built for.</summary>
internal sealed class SwinTransformerOnnx : IOnnxArchitecture<SwinTransformer>
{
    public bool TakesAnySize(SwinTransformer backbone) => false;

    public OnnxValue WriteFeatures(SwinTransformer backbone, OnnxGraph graph, OnnxValue images)
    {
        var architecture = backbone.Architecture;
        var weights = new NamedWeights(backbone);
        var tokens = weights.LayerNorm(graph, PatchTokens.Write(weights, graph, images), "patch_embed.norm");
        var (height, width) = (images.Size(2) / architecture.PatchSize, images.Size(3) / architecture.PatchSize);
        var map = graph.Reshape(tokens, -1, height, width, tokens.Size(2));
        for (var stage = 0; stage < architecture.Depths.Count; stage++)
        {
            for (var block = 0; block < architecture.Depths[stage]; block++)
            {
                map = Block(weights, graph, map, $"layers.{stage}.blocks.{block}", architecture.Heads[stage], architecture.WindowSize, isShifted: block % 2 == 1);
            }

            if (stage < architecture.Depths.Count - 1)
            {
                map = PatchMerging(weights, graph, map, $"layers.{stage}.downsample");
            }
        }

        return weights.LayerNorm(graph, graph.Reshape(map, -1, map.Size(1) * map.Size(2), map.Size(3)), "norm");
    }

    public OnnxValue WriteHead(SwinTransformer backbone, OnnxGraph graph, OnnxValue features)
    {
        var pooled = graph.Mean(features, [1]);
        return backbone.NumClasses == 0 ? pooled : new NamedWeights(backbone).Linear(graph, pooled, "head");
    }

    private static OnnxValue Block(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, int heads, int windowSize, bool isShifted)
    {
        var (height, width) = (input.Size(1), input.Size(2));
        var window = Math.Min(windowSize, Math.Min(height, width));
        var shift = isShifted && Math.Min(height, width) > window ? window / 2 : 0;
        var normalized = weights.LayerNorm(graph, input, $"{name}.norm1");
        var windows = Partition(graph, Roll(graph, normalized, shift), window);
        var attended = Attention(weights, graph, windows, name, heads, shift == 0 ? null : (height, width, window, shift));
        var joined = Roll(graph, Join(graph, attended, window, height, width), -shift);
        var first = graph.Add(joined, input);
        return graph.Add(weights.Mlp(graph, weights.LayerNorm(graph, first, $"{name}.norm2"), $"{name}.mlp"), first);
    }

    private static OnnxValue Attention(NamedWeights weights, OnnxGraph graph, OnnxValue windows, string block, int heads, (long Height, long Width, long Window, long Shift)? mask)
    {
        var name = $"{block}.attn";
        var tokens = windows.Size(1);
        var (query, key, value) = AttentionParts.Split(graph, weights.Linear(graph, windows, $"{name}.qkv"), heads);
        var scores = graph.MatMul(graph.Multiply(query, graph.Scalar(1 / Math.Sqrt(query.Size(-1)))), graph.Transpose(key, 0, 1, 3, 2));
        using var scope = NewDisposeScope();
        var index = weights[$"{name}.relative_position_index"].view(-1);
        var bias = weights[$"{name}.relative_position_bias_table"].detach().index_select(0, index).view(tokens, tokens, heads).permute(2, 0, 1).unsqueeze(0);
        OnnxValue shares;
        if (mask is { } shape)
        {
            // The windows of one image are masked each in its own way.
            var byWindow = bias.Plus(ShiftedWindowMasks.Create(shape.Height, shape.Width, shape.Window, shape.Shift).to(bias.dtype, bias.device).unsqueeze(1));
            var byImage = graph.Reshape(scores, -1, byWindow.shape[0], heads, tokens, tokens);
            shares = graph.Reshape(graph.Softmax(graph.Add(byImage, graph.Weight(byWindow, $"{name}.bias"))), -1, heads, tokens, tokens);
        }
        else
        {
            shares = graph.Softmax(graph.Add(scores, graph.Weight(bias, $"{name}.bias")));
        }

        return weights.Linear(graph, AttentionParts.Join(graph, graph.MatMul(shares, value)), $"{name}.proj");
    }

    /// <summary>Four neighbours, top left, bottom left, top right and bottom right, become one token of twice the width.</summary>
    private static OnnxValue PatchMerging(NamedWeights weights, OnnxGraph graph, OnnxValue map, string name)
    {
        var (height, width, features) = (map.Size(1) / 2, map.Size(2) / 2, map.Size(3));
        var grouped = graph.Transpose(graph.Reshape(map, -1, height, 2, width, 2, features), 0, 1, 3, 4, 2, 5);
        return weights.Linear(graph, weights.LayerNorm(graph, graph.Reshape(grouped, -1, height, width, 4 * features), $"{name}.norm"), $"{name}.reduction");
    }

    /// <summary>[batch, height, width, features] to [batch · windows, window², features].</summary>
    private static OnnxValue Partition(OnnxGraph graph, OnnxValue map, long window)
    {
        var (height, width, features) = (map.Size(1), map.Size(2), map.Size(3));
        var split = graph.Reshape(map, -1, height / window, window, width / window, window, features);
        return graph.Reshape(graph.Transpose(split, 0, 1, 3, 2, 4, 5), -1, window * window, features);
    }

    private static OnnxValue Join(OnnxGraph graph, OnnxValue windows, long window, long height, long width)
    {
        var features = windows.Size(2);
        var split = graph.Reshape(windows, -1, height / window, width / window, window, window, features);
        return graph.Reshape(graph.Transpose(split, 0, 1, 3, 2, 4, 5), -1, height, width, features);
    }

    /// <summary>The map with its first rows and columns at the end; with a negative number, the last at the beginning.</summary>
    private static OnnxValue Roll(OnnxGraph graph, OnnxValue map, long by)
    {
        foreach (var axis in by == 0 ? [] : (int[])[1, 2])
        {
            var size = map.Size(axis);
            var first = by > 0 ? by : size + by;
            map = graph.Concatenate([graph.Slice(map, axis, first, size - first), graph.Slice(map, axis, 0, first)], axis);
        }

        return map;
    }
}
