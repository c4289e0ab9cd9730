using Cass.Training;
using Onnx;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <summary>A classifier's resizing and normalisation as nodes: uint8 [batch, height, width, 3] to float [batch, 3, height, width].</summary>
internal static class Preprocessing
{
    private const long Channels = 3;
    private const double MaxLevel = 255;

    public static OnnxValue Write(OnnxGraph graph, ImageClassifier classifier, string batch)
    {
        var pixels = graph.Input("pixels", (int)TensorProto.Types.DataType.Uint8, [(batch, null), ("height", null), ("width", null), (null, Channels)]);

        // In float32 whatever the precision: levels go to 255, and resizing adds them up.
        var levels = graph.Cast(pixels, TensorProto.Types.DataType.Float);
        var resized = graph.ResizeImages(graph.TransposeOf(levels, TensorProto.Types.DataType.Float, 0, 3, 1, 2), classifier.ImageHeight, classifier.ImageWidth);
        var (mean, std) = (classifier.Normalization.Mean, classifier.Normalization.Std);
        using var scope = NewDisposeScope();
        var factor = tensor(std.Select(value => 1 / (MaxLevel * value)).ToArray()).reshape(Channels, 1, 1);
        var summand = tensor(mean.Zip(std).Select(pair => -pair.First / pair.Second).ToArray()).reshape(Channels, 1, 1);
        return graph.Add(graph.Multiply(graph.ToPrecision(resized), graph.Weight(factor, "normalization.factor")), graph.Weight(summand, "normalization.summand"));
    }
}
