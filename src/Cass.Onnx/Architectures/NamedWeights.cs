using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <summary>A network's modules and weights by the names that they have in its state.</summary>
internal sealed class NamedWeights(Backbone backbone)
{
    private readonly Dictionary<string, nn.Module> modules = backbone.named_modules().ToDictionary(pair => pair.name, pair => pair.module, StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> tensors = backbone.state_dict();

    public bool Has(string module) => modules.ContainsKey(module);

    public Tensor this[string tensor] => tensors[tensor];

    public Tensor? Find(string tensor) => tensors.GetValueOrDefault(tensor);

    public OnnxValue Convolution(OnnxGraph graph, OnnxValue input, string convolution, string? norm = null, long? stride = null) =>
        graph.Convolution(Module<Conv2d>(convolution), input, norm is null ? null : Module<BatchNorm2d>(norm), convolution, stride);

    public OnnxValue Linear(OnnxGraph graph, OnnxValue input, string name) => graph.Linear(this[$"{name}.weight"], Find($"{name}.bias"), input, name);

    public OnnxValue LayerNorm(OnnxGraph graph, OnnxValue input, string name) => graph.LayerNorm(this[$"{name}.weight"], this[$"{name}.bias"], Module<LayerNorm>(name).eps, input, name);

    /// <summary>Two linear layers with a GELU between them.</summary>
    public OnnxValue Mlp(OnnxGraph graph, OnnxValue input, string name) => Linear(graph, graph.Gelu(Linear(graph, input, $"{name}.fc1")), $"{name}.fc2");

    private T Module<T>(string name)
        where T : nn.Module => modules[name] as T ?? throw new CassInputException($"The module '{name}' is a {modules[name].GetType().Name}, which cannot be exported; a {typeof(T).Name} can.");
}
