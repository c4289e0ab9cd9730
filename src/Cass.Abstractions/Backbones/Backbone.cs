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
    /// <summary>Creates the module; derived classes then register their parts under timm's names.</summary>
    /// <param name="modelName">The model's name in timm, such as <c>resnet50</c>.</param>
    /// <param name="kind">CNN or transformer.</param>
    /// <param name="configuration">Expected input and names of the first convolution and the classifier.</param>
    protected Backbone(string modelName, BackboneKind kind, BackboneConfiguration configuration)
        : base(modelName)
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

    /// <summary>Length of the pooled feature vector that the classifier sees; timm's <c>num_features</c>.</summary>
    public abstract long NumFeatures { get; }

    /// <summary>Number of classes of the present classifier; 0 where there is none.</summary>
    public abstract long NumClasses { get; }

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
        using var features = ForwardFeatures(input);
        return ForwardHead(features);
    }
}
