using Cass.Models;

namespace Cass.Onnx;

/// <summary>Global pooling of a feature map, [batch, features, height, width] to [batch, features].</summary>
internal static class FeatureMapPooling
{
    private static readonly long[] Spatial = [2, 3];

    public static OnnxValue Write(OnnxGraph graph, OnnxValue features, GlobalPooling pooling) => pooling switch
    {
        GlobalPooling.Maximum => graph.Maximum(features, Spatial),
        GlobalPooling.AverageMaximum => graph.Multiply(graph.Add(graph.Mean(features, Spatial), graph.Maximum(features, Spatial)), graph.Scalar(0.5)),
        GlobalPooling.ConcatenatedAverageMaximum => graph.Concatenate([graph.Mean(features, Spatial), graph.Maximum(features, Spatial)], 1),
        _ => graph.Mean(features, Spatial),
    };
}
