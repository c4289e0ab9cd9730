using Cass.Models;

namespace Cass.Onnx;

/// <summary>Writes a <see cref="ResNet"/> of any form.</summary>
internal sealed class ResNetOnnx : IOnnxArchitecture<ResNet>
{
    private const int Stages = 4;

    public bool TakesAnySize(ResNet backbone) => true;

    public OnnxValue WriteFeatures(ResNet backbone, OnnxGraph graph, OnnxValue images)
    {
        var weights = new NamedWeights(backbone);
        var value = Stem(backbone.Architecture, weights, graph, images);
        for (var stage = 1; stage <= Stages; stage++)
        {
            for (var block = 0; block < backbone.Architecture.Depths[stage - 1]; block++)
            {
                value = Block(weights, graph, value, $"layer{stage}.{block}", backbone.Architecture, stride: block == 0 && stage > 1 ? 2 : 1);
            }
        }

        return value;
    }

    public OnnxValue WriteHead(ResNet backbone, OnnxGraph graph, OnnxValue features)
    {
        var pooled = FeatureMapPooling.Write(graph, features, backbone.Pooling);
        return backbone.NumClasses == 0 ? pooled : new NamedWeights(backbone).Linear(graph, pooled, "fc");
    }

    private static OnnxValue Stem(ResNetArchitecture architecture, NamedWeights weights, OnnxGraph graph, OnnxValue images)
    {
        if (architecture.DeepStem)
        {
            var first = graph.Relu(weights.Convolution(graph, images, "conv1.0", "conv1.1"));
            var second = graph.Relu(weights.Convolution(graph, first, "conv1.3", "conv1.4"));
            return graph.MaxPool(graph.Relu(weights.Convolution(graph, second, "conv1.6", "bn1")), kernel: 3, stride: 2, padding: 1);
        }

        var convolved = graph.Relu(weights.Convolution(graph, images, "conv1", "bn1"));
        return architecture.SmallImageStem ? convolved : graph.MaxPool(convolved, kernel: 3, stride: 2, padding: 1);
    }

    private static OnnxValue Block(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, ResNetArchitecture architecture, int stride)
    {
        var last = architecture.Bottleneck ? 3 : 2;
        var value = input;
        for (var i = 1; i <= last; i++)
        {
            value = weights.Convolution(graph, value, $"{name}.conv{i}", $"{name}.bn{i}");
            value = i < last ? graph.Relu(value) : value;
        }

        return graph.Relu(graph.Add(value, Shortcut(weights, graph, input, $"{name}.downsample", architecture, stride)));
    }

    private static OnnxValue Shortcut(NamedWeights weights, OnnxGraph graph, OnnxValue input, string name, ResNetArchitecture architecture, int stride)
    {
        if (!weights.Has(name))
        {
            return input;
        }

        if (!architecture.DeepStem)
        {
            // The module takes every other pixel itself, and its convolution has no stride.
            return weights.Convolution(graph, input, $"{name}.0", $"{name}.1", stride);
        }

        // The 'D' form pools before it convolves.
        var pooled = stride == 1 ? input : graph.AveragePool(input, kernel: 2, stride: 2, ceil: true);
        return weights.Convolution(graph, pooled, $"{name}.1", $"{name}.2");
    }
}
