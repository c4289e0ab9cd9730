using Cass.Models;
using Cass.Tensors;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <summary>Writes a <see cref="ConvNeXt"/>.</summary>
internal sealed class ConvNeXtOnnx : IOnnxArchitecture<ConvNeXt>
{
    // timm's, of every norm of the network.
    private const double Epsilon = 1e-6;

    public bool TakesAnySize(ConvNeXt backbone) => true;

    public OnnxValue WriteFeatures(ConvNeXt backbone, OnnxGraph graph, OnnxValue images)
    {
        var weights = new NamedWeights(backbone);
        var unbiased = backbone.Architecture.UnbiasedNorm;
        var value = ChannelNorm(weights, graph, weights.Convolution(graph, images, "stem.0"), "stem.1", unbiased: false);
        for (var stage = 0; stage < backbone.Architecture.Depths.Count; stage++)
        {
            var name = $"stages.{stage}";
            if (weights.Has($"{name}.downsample"))
            {
                value = weights.Convolution(graph, ChannelNorm(weights, graph, value, $"{name}.downsample.0", unbiased), $"{name}.downsample.1");
            }

            for (var block = 0; block < backbone.Architecture.Depths[stage]; block++)
            {
                value = Block(weights, graph, value, $"{name}.blocks.{block}", unbiased);
            }
        }

        return backbone.Architecture.NormalizeBeforePooling ? ChannelNorm(weights, graph, value, "norm_pre", unbiased) : value;
    }

    public OnnxValue WriteHead(ConvNeXt backbone, OnnxGraph graph, OnnxValue features)
    {
        var weights = new NamedWeights(backbone);
        var pooled = FeatureMapPooling.Write(graph, features, backbone.Pooling);
        if (!backbone.Architecture.NormalizeBeforePooling)
        {
            pooled = weights.LayerNorm(graph, pooled, "head.norm");
        }

        return backbone.NumClasses == 0 ? pooled : weights.Linear(graph, pooled, "head.fc");
    }

    private static OnnxValue Block(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, bool unbiased)
    {
        var last = graph.Transpose(weights.Convolution(graph, input, $"{name}.conv_dw"), 0, 2, 3, 1);
        var normalized = NormOfLast(weights, graph, last, $"{name}.norm", unbiased);
        var mixed = Pointwise(weights, graph, graph.Gelu(Pointwise(weights, graph, normalized, $"{name}.mlp.fc1")), $"{name}.mlp.fc2");
        var scaled = graph.Multiply(mixed, graph.Weight(weights[$"{name}.gamma"], $"{name}.gamma"));
        return graph.Add(graph.Transpose(scaled, 0, 3, 1, 2), input);
    }

    /// <summary>A linear layer, whose weights may have the shape of a 1x1 convolution.</summary>
    private static OnnxValue Pointwise(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name)
    {
        using var matrix = weights[$"{name}.weight"].flatten(1);
        return graph.Linear(matrix, weights[$"{name}.bias"], input, name);
    }

    private static OnnxValue ChannelNorm(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, bool unbiased) =>
        graph.Transpose(NormOfLast(weights, graph, graph.Transpose(input, 0, 2, 3, 1), name, unbiased), 0, 3, 1, 2);

    /// <summary>
    /// The norm of [batch, height, width, channels]; by the unbiased variance it is that of a smaller weight and ε, see
    /// <see cref="ConvNeXtArchitecture.UnbiasedNorm"/>. Maps of one pixel are normalised by the biased one.
    /// </summary>
    private static OnnxValue NormOfLast(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, bool unbiased)
    {
        var (weight, bias) = (weights[$"{name}.weight"], weights[$"{name}.bias"]);
        if (!unbiased || weight.shape[0] == 1 || (input.Shape[1], input.Shape[2]) == (1, 1))
        {
            return graph.LayerNorm(weight, bias, Epsilon, input, name);
        }

        var share = (weight.shape[0] - 1.0) / weight.shape[0];
        using var scaled = weight.detach().to(ScalarType.Float64).Times(Math.Sqrt(share));

        // Under another name than the network's weight, which it is not.
        return graph.LayerNorm(scaled, bias, Epsilon * share, input, $"{name}.scaled");
    }
}
