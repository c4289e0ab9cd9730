using Cass.Models;

namespace Cass.Onnx;

/// <summary>Which networks can be exported, and by what. Safe for use by several threads at once.</summary>
/// <example><code>
/// var architectures = new OnnxArchitectures().Register(new SmallNetworkArchitecture());
/// OnnxExport.Save(classifier, "model.onnx", new OnnxExportOptions { Architectures = architectures });
/// </code></example>
public sealed class OnnxArchitectures
{
    private readonly Lock gate = new();
    private readonly List<(Type Type, Func<Backbone, bool> TakesAnySize, Func<Backbone, OnnxGraph, OnnxValue, OnnxValue> Features, Func<Backbone, OnnxGraph, OnnxValue, OnnxValue> Head)> known = [];

    /// <summary>Makes a collection that knows the networks of Cass.Models.</summary>
    public OnnxArchitectures()
    {
        Register(new ResNetOnnx());
        Register(new ConvNeXtOnnx());
        Register(new VisionTransformerOnnx());
        Register(new SwinTransformerOnnx());
    }

    /// <summary>Adds a kind of network; where there is one for the type already, the new one takes its place.</summary>
    /// <typeparam name="TBackbone">The kind of network, with all that derive from it.</typeparam>
    /// <param name="architecture">Writes it.</param>
    /// <returns>This collection.</returns>
    public OnnxArchitectures Register<TBackbone>(IOnnxArchitecture<TBackbone> architecture)
        where TBackbone : Backbone
    {
        ArgumentNullException.ThrowIfNull(architecture);
        lock (gate)
        {
            known.Insert(0, (
                typeof(TBackbone),
                backbone => architecture.TakesAnySize((TBackbone)backbone),
                (backbone, graph, images) => architecture.WriteFeatures((TBackbone)backbone, graph, images),
                (backbone, graph, features) => architecture.WriteHead((TBackbone)backbone, graph, features)));
        }

        return this;
    }

    internal (Func<Backbone, bool> TakesAnySize, Func<Backbone, OnnxGraph, OnnxValue, OnnxValue> Features, Func<Backbone, OnnxGraph, OnnxValue, OnnxValue> Head) Of(Backbone backbone)
    {
        lock (gate)
        {
            foreach (var (type, takesAnySize, features, head) in known)
            {
                if (type.IsInstanceOfType(backbone))
                {
                    return (takesAnySize, features, head);
                }
            }
        }

        throw new CassInputException(
            $"'{backbone.ModelName}' is a {backbone.GetType().Name}, which nothing is registered for to export it; implement {nameof(IOnnxArchitecture<>)}<{backbone.GetType().Name}> and give it to {nameof(OnnxArchitectures)}.{nameof(Register)}.");
    }
}
