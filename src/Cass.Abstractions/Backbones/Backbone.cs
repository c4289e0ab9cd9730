using System.Collections.Frozen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass;

/// <summary>
/// An image network with an exchangeable classifier, in the shape that timm gives every model:
/// <c>forward</c> is <see cref="ForwardHead"/> after <see cref="ForwardFeatures"/>.
/// </summary>
/// <remarks>
/// Input is float [batch, channels, height, width]; output is [batch, <see cref="NumClasses"/>] logits, or
/// [batch, <see cref="NumFeatures"/>] pooled features where <see cref="NumClasses"/> is 0.
/// State-dict names are timm's, so that weights travel both ways.
/// </remarks>
public abstract class Backbone : Module<Tensor, Tensor>
{
    private bool isChannelsLast;
    private bool isDisposed;

    /// <summary>Creates the module; derived classes then register their parts under timm's names.</summary>
    /// <param name="modelName">The model's name in timm, such as <c>resnet50</c>.</param>
    /// <param name="kind">CNN or transformer.</param>
    /// <param name="configuration">Expected input and names of the first convolution and the classifier.</param>
    protected Backbone(string modelName, BackboneKind kind, BackboneConfiguration configuration)
        : base(Loaded(modelName))
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelName);
        ArgumentNullException.ThrowIfNull(configuration);
        ModelName = modelName;
        Kind = kind;
        Configuration = configuration;
    }

    /// <summary>The model's name in timm, such as <c>vit_base_patch16_384</c>.</summary>
    public string ModelName { get; }

    /// <summary>CNN or transformer.</summary>
    public BackboneKind Kind { get; }

    /// <summary>Expected input and names of the first convolution and the classifier.</summary>
    public BackboneConfiguration Configuration { get; }

    /// <summary>
    /// Makes the same network anew, with weights of its own: what <see cref="Copy"/> begins with. Registries set it; null
    /// for a network that was constructed directly.
    /// </summary>
    public Func<Backbone>? Factory { get; set; }

    /// <summary>
    /// Where the weights come from, which decides the learning rate that fine-tuning takes by default.
    /// <see cref="WeightOrigin.Random"/> in a new network; what loads, pretrains or fine-tunes it sets this, and
    /// <see cref="Copy"/> keeps it. Set it where you give a network weights in a way of your own.
    /// </summary>
    public WeightOrigin WeightOrigin { get; set; }

    /// <summary>Length of the pooled feature vector that the classifier sees; timm's <c>num_features</c>.</summary>
    public abstract long NumFeatures { get; }

    /// <summary>Number of classes of the present classifier; 0 where there is none.</summary>
    public abstract long NumClasses { get; }

    /// <summary>
    /// Names of the parameters that are never decayed, whatever their shape, such as position embeddings and class tokens;
    /// timm's <c>no_weight_decay</c>. Vectors need no mention: no optimiser decays them. Empty by default.
    /// </summary>
    public virtual IReadOnlySet<string> NoWeightDecay => FrozenSet<string>.Empty;

    /// <summary>
    /// The parameters in groups of equal depth, from the stem to the head; every parameter is in exactly one.
    /// </summary>
    public IReadOnlyList<BackboneStage> Stages => GroupedBy(StageOf);

    /// <summary>
    /// The parameters in the finest groups of equal depth, from the stem to the head, which <c>ParameterGroup.ByLayer</c> gives rates of their own: single blocks, where a
    /// stage has several; those of timm's <c>group_matcher</c> for its networks. Every parameter is in exactly one.
    /// </summary>
    public IReadOnlyList<BackboneStage> LayerGroups => GroupedBy(LayerOf);

    /// <summary>
    /// Computes the unpooled features: [batch, features, height, width] for a CNN,
    /// [batch, tokens, features] for a transformer.
    /// </summary>
    /// <param name="images">Float [batch, channels, height, width], normalised with <see cref="Configuration"/>'s mean and std.</param>
    /// <returns>The feature map or token sequence, before pooling and classifier.</returns>
    public abstract Tensor ForwardFeatures(Tensor images);

    /// <summary>Pools what <see cref="ForwardFeatures"/> returned and applies the classifier.</summary>
    /// <param name="features">The result of <see cref="ForwardFeatures"/>.</param>
    /// <param name="preLogits">True to stop before the classifier and return the pooled [batch, <see cref="NumFeatures"/>] vectors.</param>
    /// <returns>[batch, <see cref="NumClasses"/>] logits, or the pooled features.</returns>
    public abstract Tensor ForwardHead(Tensor features, bool preLogits = false);

    /// <summary>
    /// What <see cref="ForwardHead"/> gives before the classifier after <see cref="ForwardFeatures"/>, but for rounding; it may
    /// leave out what no pooled feature depends on.
    /// </summary>
    /// <param name="images">Float [batch, channels, height, width].</param>
    /// <returns>Pooled features, [batch, <see cref="NumFeatures"/>].</returns>
    public virtual Tensor ForwardPooled(Tensor images)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        using var scope = NewDisposeScope();
        using var features = ForwardFeatures(images);
        return ForwardHead(features, preLogits: true).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Replaces the classifier by a freshly initialised linear layer from <see cref="NumFeatures"/> to
    /// <paramref name="numClasses"/>, on the device and of the type of the old one; 0 leaves no classifier.
    /// </summary>
    /// <param name="numClasses">Number of classes, at least 0.</param>
    public abstract void ResetClassifier(long numClasses);

    /// <summary>Runs features and head.</summary>
    /// <param name="input">Float [batch, channels, height, width].</param>
    /// <returns>[batch, <see cref="NumClasses"/>] logits, or pooled features where there is no classifier.</returns>
    public override Tensor forward(Tensor input)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);

        // The scope keeps every tensor reachable while native code works on it, whether or not the caller has one.
        using var scope = NewDisposeScope();
        using var features = ForwardFeatures(input);
        return ForwardHead(features).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The parameters and persistent buffers by name, in PyTorch's order: a module's own parameters, its own buffers,
    /// then its children, depth first. (TorchSharp's own order is all parameters, then all buffers.)
    /// </summary>
    /// <param name="destination">The dictionary to add to; null for a new one.</param>
    /// <param name="prefix">What the names begin with, without the dot that follows; null for nothing.</param>
    /// <returns>The dictionary. Its tensors are the network's own, not copies.</returns>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        destination ??= new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Collect(this, string.IsNullOrEmpty(prefix) ? string.Empty : prefix + ".", destination);
        return destination;
    }

    /// <summary>
    /// Copies the network: the same structure, weights, buffers, type, device, mode of each
    /// module, and frozen parameters, sharing nothing. Draws from torch's
    /// global generator, as making a network does.
    /// </summary>
    /// <returns>The copy; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">There is no <see cref="Factory"/>, or it makes another structure.</exception>
    public Backbone Copy()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var create = Factory ?? throw new InvalidOperationException(
            $"This {ModelName} cannot be copied, since nothing says how it is made: create it by BackboneRegistry.Create, or set Factory.");
        var copy = create();
        if (copy.NumClasses != NumClasses)
        {
            copy.ResetClassifier(NumClasses);
        }

        var parameter = this.parameters().First();
        copy.to(parameter.dtype).to(parameter.device);
        using var guard = no_grad();
        var weights = state_dict();
        foreach (var (name, tensor) in copy.state_dict())
        {
            if (!weights.TryGetValue(name, out var source) || !source.shape.SequenceEqual(tensor.shape))
            {
                copy.Dispose();
                throw new InvalidOperationException($"The Factory of this {ModelName} makes a network with another '{name}'.");
            }

            tensor.copy_(source).DetachFromDisposeScope();
        }

        if (isChannelsLast)
        {
            copy.ToChannelsLast();
        }

        foreach (var (own, copied) in modules().Prepend(this).Zip(copy.modules().Prepend(copy)))
        {
            copied.train(own.training);
        }

        foreach (var (own, copied) in this.parameters().Zip(copy.parameters()))
        {
            copied.requires_grad = own.requires_grad;
        }

        copy.Factory = Factory;
        copy.WeightOrigin = WeightOrigin;
        return copy;
    }

    /// <summary>
    /// Lays the weights of convolutions out with their channels last in memory (PyTorch's
    /// <c>to(memory_format=torch.channels_last)</c>), upon which convolutions compute in that order, faster on most devices.
    /// Shapes, names and saved files are as before; results differ by rounding. <see cref="Copy"/> keeps the layout.
    /// </summary>
    public void ToChannelsLast()
    {
        using var guard = no_grad();
        foreach (var convolution in modules().OfType<TorchSharp.Modules.Conv2d>())
        {
            using var scope = NewDisposeScope();
            convolution.weight.set_(convolution.weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        }

        isChannelsLast = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        isDisposed = true;
        base.Dispose(disposing);
    }

    /// <summary>Names the stage that a parameter belongs to.</summary>
    /// <param name="parameterName">A parameter's state-dict name.</param>
    /// <returns>The name of its stage; by default that of the top-level module or parameter.</returns>
    protected virtual string StageOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        var dot = parameterName.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? parameterName : parameterName[..dot];
    }

    /// <summary>Names the group of <see cref="LayerGroups"/> that a parameter belongs to.</summary>
    /// <param name="parameterName">A parameter's state-dict name.</param>
    /// <returns>The name of its group; by default that of its stage.</returns>
    protected virtual string LayerOf(string parameterName) => StageOf(parameterName);

    private List<BackboneStage> GroupedBy(Func<string, string> groupOf)
    {
        var order = new List<string>();
        var members = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (name, _) in named_parameters())
        {
            var group = groupOf(name);
            if (!members.TryGetValue(group, out var names))
            {
                members[group] = names = [];
                order.Add(group);
            }

            names.Add(name);
        }

        return [.. order.Select(group => new BackboneStage(group, members[group]))];
    }

    private static string Loaded(string modelName)
    {
        TorchBackend.EnsureLoaded();
        return modelName;
    }

    private static void Collect(Module module, string prefix, Dictionary<string, Tensor> destination)
    {
        foreach (var (name, parameter) in module.named_parameters(recurse: false))
        {
            destination[prefix + name] = parameter;
        }

        foreach (var (name, buffer) in module.named_buffers(recurse: false))
        {
            destination[prefix + name] = buffer;
        }

        foreach (var (name, child) in module.named_children())
        {
            Collect(child, $"{prefix}{name}.", destination);
        }
    }
}
