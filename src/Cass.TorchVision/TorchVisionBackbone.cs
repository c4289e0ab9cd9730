using System.Text.Json.Nodes;
using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>
/// A network that the package TorchVision has built, run and named as torchvision's: its modules hold the weights, under torchvision's
/// state-dict names, and are computed as this library computes its own. <see cref="TorchVisionBackbones"/> lists them.
/// </summary>
/// <remarks>
/// <para><see cref="NumFeatures"/> is what the last layer sees: 4096 of the hidden layers of AlexNet and VGG, 1280 or 1024 of MobileNet v3's, and
/// the channels of the last feature map elsewhere. <see cref="BackboneOptions.DropRate"/> is torchvision's where it is null.</para>
/// <para>The auxiliary classifiers of GoogLeNet and Inception v3 are not made; in a file of weights they are passed over.</para>
/// </remarks>
public sealed class TorchVisionBackbone : Backbone, IWeightLayout
{
    private readonly TorchVisionArchitecture architecture;
    private readonly IReadOnlyList<Func<Tensor, Tensor>> blocks;
    private readonly GlobalPooling pooling;
    private readonly double dropRate;
    private readonly string classifierName;

    private readonly Module made;
    private readonly Conv2d firstConvolution;
    private readonly NamedModules? sequence;
    private Linear? classifier;

    internal TorchVisionBackbone(string modelName, TorchVisionArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options)
        : base(modelName, BackboneKind.Convolutional, configuration)
    {
        this.architecture = architecture;
        Require(architecture, configuration, options, modelName);
        pooling = GlobalPool.ForConvolutional(options.GlobalPooling, modelName);
        dropRate = options.DropRate ?? architecture.DropRate;
        var classes = options.NumClasses ?? configuration.NumClasses;
        made = architecture.Create(checked((int)Math.Max(1, classes)), dropRate);
        var children = made.named_children().ToDictionary(child => child.name, child => child.module, StringComparer.Ordinal);
        foreach (var auxiliary in children.Where(child => architecture.IsAuxiliary($"{child.Key}.")))
        {
            auxiliary.Value.Dispose();
        }

        firstConvolution = FirstConvolution(children);
        var path = architecture.ClassifierName.Split('.');
        classifierName = path[^1];
        if (path.Length > 1)
        {
            children[path[0]] = sequence = new NamedModules(path[0], children[path[0]].named_children());
            foreach (var dropout in sequence.children().OfType<Dropout>())
            {
                dropout.p = dropRate;
            }
        }

        foreach (var part in architecture.Parts)
        {
            register_module(part, children[part]);
        }

        classifier = (Linear)(sequence ?? (Module)this).named_children().Last().module;
        NumFeatures = classifier.weight.size(1) * (architecture.HiddenMapSide is null ? GlobalPool.Multiplier(pooling) : 1);
        blocks = architecture.Blocks(part => children[part]);
        if (NumClasses != classes || NumFeatures != classifier.weight.size(1))
        {
            ResetClassifier(classes);
        }
    }

    /// <summary>How the last feature map becomes the pooled features.</summary>
    public GlobalPooling Pooling => pooling;

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override long NumClasses => classifier?.weight.size(0) ?? 0;

    /// <summary>What TorchVision has made, which shares the weights as long as none is exchanged.</summary>
    internal Module Made => made;

    (int Height, int Width)? IWeightLayout.PositionGrid => null;

    bool IWeightLayout.HasImageSize => false;

    IReadOnlyDictionary<string, JsonNode> IWeightLayout.TimmArguments => pooling == GlobalPooling.Average
        ? new Dictionary<string, JsonNode>(StringComparer.Ordinal)
        : new Dictionary<string, JsonNode>(StringComparer.Ordinal) { ["global_pool"] = TimmPooling.NameOf(pooling) };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The shape does not fit, or the images are smaller than <see cref="BackboneConfiguration.MinimumInputSize"/>.</exception>
    public override Tensor ForwardFeatures(Tensor images)
    {
        ImageShape.Require(images, ModelName, Configuration.InputChannels);
        var smallest = Configuration.MinimumInputSize;
        if (images.size(2) < smallest || images.size(3) < smallest)
        {
            throw new ArgumentException(
                $"'{ModelName}' takes images of {smallest}x{smallest} pixels or more; it was given {images.size(2)}x{images.size(3)}. Resize the images.",
                nameof(images));
        }

        return GradientCheckpointing.Run(blocks, images);
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        using var exact = Autocast.Enable(enabled: false);
        var widened = Autocast.Widened(features, firstConvolution.weight);
        var pooled = architecture.HiddenMapSide is { } side ? Hidden(widened, side) : Dropped(GlobalPool.Apply(widened, pooling));
        return (preLogits || classifier is null ? pooled : classifier.call(pooled)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void ResetClassifier(long numClasses)
    {
        ClassifierLayer.Require(numClasses);
        var replacement = ClassifierLayer.Like(firstConvolution.weight, NumFeatures, numClasses, training);
        if (sequence is not null)
        {
            sequence.SetLast(classifierName, replacement);
        }
        else
        {
            register_module(classifierName, null!);
            register_module(classifierName, replacement!);
        }

        classifier?.Dispose();
        classifier = replacement;
    }

    bool IWeightLayout.IsDerived(string name) => architecture.IsAuxiliary(name);

    Func<string, string> IWeightLayout.Translator(IReadOnlyCollection<string> names) => name => name;

    AdaptationStep? IWeightLayout.Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid) => null;

    /// <inheritdoc/>
    protected override string StageOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        return IsOfClassifier(parameterName) ? "head" : architecture.StageOf(parameterName);
    }

    /// <inheritdoc/>
    protected override string LayerOf(string parameterName) => IsOfClassifier(parameterName) ? "head" : architecture.LayerOf(parameterName);

    private bool IsOfClassifier(string parameterName) => parameterName.StartsWith(architecture.ClassifierName + ".", StringComparison.Ordinal);

    // The parts are registered under torchvision's names; registering them under their fields' names too would double them.
    /// <inheritdoc/>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            made.Dispose();
        }
    }

    private static void Require(TorchVisionArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options, string modelName)
    {
        var smallest = configuration.MinimumInputSize;
        foreach (var (option, side) in new[] { (nameof(BackboneOptions.ImageHeight), configuration.InputHeight), (nameof(BackboneOptions.ImageWidth), configuration.InputWidth) })
        {
            if (side < smallest)
            {
                throw new CassInputException($"BackboneOptions.{option} is {side}, and '{modelName}' takes images of {smallest}x{smallest} pixels or more; use images of that size, or another network.");
            }
        }

        if (options.DropPathRate > 0)
        {
            throw new CassInputException($"BackboneOptions.DropPathRate is {options.DropPathRate}, and '{modelName}' has no stochastic depth; leave it null.");
        }

        if (architecture.HiddenMapSide is not null && options.GlobalPooling is not (null or GlobalPooling.Average))
        {
            throw new CassInputException($"BackboneOptions.GlobalPooling is {options.GlobalPooling}, and the hidden layers of '{modelName}' take averages; leave it null.");
        }
    }

    /// <summary>The first convolution; where the images have another number of channels than three, a new one in its place.</summary>
    private Conv2d FirstConvolution(Dictionary<string, Module> children)
    {
        var path = architecture.FirstConvolution.Split('.');
        var present = (Conv2d)path.Skip(1).Aggregate(children[path[0]], (module, name) => module.named_children().First(child => string.Equals(child.name, name, StringComparison.Ordinal)).module);
        if (present.in_channels == Configuration.InputChannels)
        {
            return present;
        }

        var fresh = Conv2d(
            Configuration.InputChannels,
            present.out_channels,
            (present.kernel_size[0], present.kernel_size[1]),
            (present.stride[0], present.stride[1]),
            (present.padding![0], present.padding[1]),
            bias: present.bias is not null);
        architecture.Initialize(fresh);
        present.Dispose();
        children[path[0]] = NamedModules.Exchanged(children[path[0]], path.AsSpan(1), fresh);
        return fresh;
    }

    /// <summary>What the hidden layers make of the features' averages on a map of a side.</summary>
    private Tensor Hidden(Tensor features, int side)
    {
        var map = functional.adaptive_avg_pool2d(features, (side, side)).flatten(1);
        return Layers.Run(sequence!.children().SkipLast(classifier is null ? 0 : 1), map);
    }

    private Tensor Dropped(Tensor pooled) => dropRate > 0 && training ? functional.dropout(pooled, dropRate, training: true) : pooled;
}
