namespace Cass.Onnx;

/// <summary>
/// Writes networks of one kind into an ONNX graph: what <see cref="OnnxArchitectures.Register{TBackbone}"/> takes for a network of your own.
/// </summary>
/// <typeparam name="TBackbone">The kind of network.</typeparam>
/// <example><code>
/// sealed class SmallNetworkArchitecture : IOnnxArchitecture&lt;SmallNetwork&gt;
/// {
///     public bool TakesAnySize(SmallNetwork backbone) =&gt; true;
///
///     public OnnxValue WriteFeatures(SmallNetwork backbone, OnnxGraph graph, OnnxValue images) =&gt;
///         graph.Relu(graph.Convolution(backbone.Conv, images, backbone.Norm, "conv"));
///
///     public OnnxValue WriteHead(SmallNetwork backbone, OnnxGraph graph, OnnxValue features)
///     {
///         var pooled = graph.Mean(features, [2, 3]);
///         return backbone.NumClasses == 0 ? pooled : graph.Linear(backbone.Classifier, pooled, "classifier");
///     }
/// }
/// </code></example>
public interface IOnnxArchitecture<in TBackbone>
    where TBackbone : Backbone
{
    /// <summary>Whether the network takes images of any height and width.</summary>
    /// <param name="backbone">The network.</param>
    /// <returns>False where the graph is for one size alone.</returns>
    bool TakesAnySize(TBackbone backbone);

    /// <summary>Writes what <see cref="Backbone.ForwardFeatures"/> computes in evaluation mode.</summary>
    /// <param name="backbone">The network; its weights are those at this moment.</param>
    /// <param name="graph">Where the nodes go.</param>
    /// <param name="images">[batch, channels, height, width]; batch is unknown, height and width are where the graph is for one size.</param>
    /// <returns>The features, of the shape that <see cref="Backbone.ForwardFeatures"/> gives.</returns>
    OnnxValue WriteFeatures(TBackbone backbone, OnnxGraph graph, OnnxValue images);

    /// <summary>Writes what <see cref="Backbone.ForwardHead"/> computes in evaluation mode.</summary>
    /// <param name="backbone">The network.</param>
    /// <param name="graph">Where the nodes go.</param>
    /// <param name="features">What <see cref="WriteFeatures"/> returned.</param>
    /// <returns>[batch, <see cref="Backbone.NumClasses"/>] logits, or [batch, <see cref="Backbone.NumFeatures"/>] where there is no classifier.</returns>
    OnnxValue WriteHead(TBackbone backbone, OnnxGraph graph, OnnxValue features);
}
