using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s"). Structure, initialisation and names are those of timm 0.5.4.
/// </summary>
public sealed partial class ConvNeXt : Backbone, IWeightLayout
{
    private const double Epsilon = 1e-6;
    private const double LayerScale = 1e-6;

    private readonly int lastDepth;
    private readonly Sequential stem;
    private readonly Sequential stages;
    [ComponentName(Name = "norm_pre")]
    private readonly ChannelNorm? normPre;
    private readonly ClassifierHead head;
    private readonly bool convolutionalMlp;

    /// <summary>Builds the network with timm's random initialisation.</summary>
    /// <param name="modelName">Its name.</param>
    /// <param name="architecture">Depths and widths.</param>
    /// <param name="configuration">Expected input; its channels are those of the first convolution.</param>
    /// <param name="options">Classes, dropout, stochastic depth and pooling; the image size does not matter here.</param>
    /// <exception cref="CassInputException">An option does not fit.</exception>
    public ConvNeXt(string modelName, ConvNeXtArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options)
        : base(modelName, BackboneKind.Convolutional, configuration)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (architecture.Depths.Count != 4 || architecture.Widths.Count != 4 || architecture.Depths.Any(depth => depth < 1))
        {
            throw new ArgumentException("A ConvNeXt has four stages of at least one block each.", nameof(architecture));
        }

        var pooling = GlobalPool.ForConvolutional(options.GlobalPooling, modelName);
        var widths = architecture.Widths;
        if (!architecture.NormalizeBeforePooling && pooling == GlobalPooling.ConcatenatedAverageMaximum)
        {
            throw new CassInputException(
                $"BackboneOptions.GlobalPooling is {pooling}, but '{modelName}' normalises pooled vectors of {widths[3]}; use Average, Maximum or AverageMaximum.");
        }

        stem = Sequential(
            ("0", Conv2d(configuration.InputChannels, widths[0], 4, stride: 4)),
            ("1", new ChannelNorm(widths[0], Epsilon, unbiased: false)));
        stages = Sequential();
        lastDepth = architecture.Depths[^1];
        var blocks = architecture.Depths.Sum();
        var block = 0;
        for (var i = 0; i < 4; i++)
        {
            var rates = new double[architecture.Depths[i]];
            for (var j = 0; j < rates.Length; j++)
            {
                rates[j] = DropPath.Rate(options.DropPathRate ?? 0, block++, blocks);
            }

            stages.append(new Stage(i == 0 ? null : widths[i - 1], widths[i], rates, architecture));
        }

        Architecture = architecture;
        convolutionalMlp = architecture.ConvolutionalMlp;
        NumFeatures = widths[3] * GlobalPool.Multiplier(pooling);
        normPre = architecture.NormalizeBeforePooling ? new ChannelNorm(widths[3], Epsilon, architecture.UnbiasedNorm) : null;
        head = new ClassifierHead(
            pooling, normalize: !architecture.NormalizeBeforePooling, NumFeatures, options.NumClasses ?? configuration.NumClasses, options.DropRate ?? 0);

        register_module(nameof(stem), stem);
        register_module(nameof(stages), stages);
        register_module("norm_pre", normPre!);
        register_module(nameof(head), head);
        Initialize();
    }

    /// <summary>What it was built of.</summary>
    public ConvNeXtArchitecture Architecture { get; }

    /// <summary>How the last feature map becomes the pooled features.</summary>
    public GlobalPooling Pooling => head.Pooling;

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override long NumClasses => head.NumClasses;

    (int Height, int Width)? IWeightLayout.PositionGrid => null;

    bool IWeightLayout.HasImageSize => false;

    internal static IEnumerable<BackboneDefinition> Definitions
    {
        get
        {
            yield return Define("convnext_tiny", new([3, 3, 9, 3], [96, 192, 384, 768]));
            yield return Define("convnext_tiny_hnf", new([3, 3, 9, 3], [96, 192, 384, 768]) { NormalizeBeforePooling = true });
            yield return Define("convnext_small", new([3, 3, 27, 3], [96, 192, 384, 768]));
            yield return Define("convnext_base", new([3, 3, 27, 3], [128, 256, 512, 1024]));
            yield return Define("convnext_large", new([3, 3, 27, 3], [192, 384, 768, 1536]));
        }
    }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor images)
    {
        ImageShape.Require(images, ModelName, Configuration.InputChannels);
        using var stemmed = BatchNormForward.Run(stem.children(), images);
        var features = stages.call(stemmed);
        if (normPre is null)
        {
            return features;
        }

        using (features)
        {
            return normPre.call(features);
        }
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false) => head.Forward(features, preLogits);

    /// <inheritdoc/>
    public override void ResetClassifier(long numClasses)
    {
        ClassifierLayer.Require(numClasses);
        head.Reset(((Conv2d)stem[0]).weight, NumFeatures, numClasses);
    }

    // Later versions of timm build the MLP of linear layers unless told otherwise.
    IReadOnlyDictionary<string, JsonNode> IWeightLayout.TimmArguments => TimmArguments();

    bool IWeightLayout.IsDerived(string name) => false;

    Func<string, string> IWeightLayout.Translator(IReadOnlyCollection<string> names) =>
        names.Any(name => name.StartsWith("downsample_layers.", StringComparison.Ordinal)) ? FromAuthors
        : TorchvisionNames.AreFeatures(names) ? TorchvisionNames.ConvNeXt
        : name => name;

    AdaptationStep? IWeightLayout.Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid) => null;

    /// <inheritdoc/>
    protected override string StageOf(string parameterName)
    {
        var parts = parameterName.Split('.');
        return parts[0] switch
        {
            nameof(stages) => $"stages.{parts[1]}",
            "norm_pre" => $"{nameof(stages)}.{stages.Count - 1}",
            var other => other,
        };
    }

    /// <inheritdoc/>
    protected override string LayerOf(string parameterName)
    {
        // What halves the map at the beginning of a stage goes with its first block, and a norm after the last stage with the last block.
        var parts = parameterName.Split('.');
        return parts switch
        {
            [nameof(stages), var stage, "blocks", var block, ..] => $"stages.{stage}.{block}",
            [nameof(stages), var stage, ..] => $"stages.{stage}.0",
            ["norm_pre", ..] => $"stages.{stages.Count - 1}.{lastDepth - 1}",
            _ => StageOf(parameterName),
        };
    }

    private static BackboneDefinition Define(string name, ConvNeXtArchitecture architecture) => new(
        name,
        new BackboneConfiguration(224, 224, 3, Normalization.ImageNetMean, Normalization.ImageNetStd, 0.875, "bicubic", "stem.0", ["head.fc"]),
        (configuration, options) => new ConvNeXt(name, architecture, configuration, options));

    /// <summary>The name of a tensor of the authors' release (facebookresearch/ConvNeXt) here.</summary>
    private static string FromAuthors(string name)
    {
        if (name.StartsWith("downsample_layers.0.", StringComparison.Ordinal))
        {
            return "stem." + name["downsample_layers.0.".Length..];
        }

        if (name.StartsWith("norm.", StringComparison.Ordinal))
        {
            return "head." + name;
        }

        if (name.StartsWith("head.", StringComparison.Ordinal))
        {
            return "head.fc." + name["head.".Length..];
        }

        name = AuthorsDownsample().Replace(name, "stages.${stage}.downsample.");
        name = AuthorsBlock().Replace(name, "stages.${stage}.blocks.${block}.");
        return name.Replace(".dwconv.", ".conv_dw.", StringComparison.Ordinal).Replace(".pwconv", ".mlp.fc", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^downsample_layers\.(?<stage>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AuthorsDownsample();

    [GeneratedRegex(@"^stages\.(?<stage>\d+)\.(?<block>\d+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AuthorsBlock();

    private Dictionary<string, JsonNode> TimmArguments()
    {
        var arguments = new Dictionary<string, JsonNode>(StringComparer.Ordinal) { ["conv_mlp"] = convolutionalMlp };
        if (head.Pooling != GlobalPooling.Average)
        {
            arguments["global_pool"] = TimmPooling.NameOf(head.Pooling);
        }

        return arguments;
    }

    private void Initialize() => apply(module =>
    {
        switch (module)
        {
            case Conv2d convolution:
                TransformerInitialization.Draw(convolution.weight);
                init.zeros_(convolution.bias!);
                break;
            case Linear linear:
                TransformerInitialization.Draw(linear.weight);
                init.zeros_(linear.bias!);
                break;
        }
    });

    private sealed class Stage : Module<Tensor, Tensor>
    {
        private readonly Sequential? downsample;
        private readonly Sequential blocks;

        public Stage(long? inputs, long width, double[] dropPathRates, ConvNeXtArchitecture architecture)
            : base(nameof(Stage))
        {
            downsample = inputs is null ? null : Sequential(
                ("0", new ChannelNorm(inputs.Value, Epsilon, architecture.UnbiasedNorm)),
                ("1", Conv2d(inputs.Value, width, 2, stride: 2)));
            blocks = Sequential();
            foreach (var rate in dropPathRates)
            {
                blocks.append(new Block(width, rate, architecture));
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var reduced = downsample is null ? null : BatchNormForward.Run(downsample.children(), input);
            return GradientCheckpointing.Run(blocks.children(), reduced ?? input);
        }
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Parameter gamma;
        [ComponentName(Name = "conv_dw")]
        private readonly Conv2d depthwise;
        private readonly ChannelNorm norm;
        private readonly PointwiseMlp mlp;
        [ComponentName(Name = "drop_path")]
        private readonly DropPath? dropPath;

        public Block(long width, double dropPathRate, ConvNeXtArchitecture architecture)
            : base(nameof(Block))
        {
            depthwise = Conv2d(width, width, 7, padding: 3, groups: width);
            norm = new ChannelNorm(width, Epsilon, architecture.UnbiasedNorm);
            mlp = new PointwiseMlp(width, 4 * width, architecture.ConvolutionalMlp);
            gamma = new Parameter(ones(width).mul_(KeptScalar.Of(LayerScale)));
            gamma.DetachFromDisposeScope();
            dropPath = DropPath.Create(dropPathRate);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var convolved = Autocast.Run(depthwise, input);
            using var last = convolved.permute(0, 2, 3, 1);
            using var normalized = norm.ForwardChannelsLast(last);
            using var mixed = mlp.call(normalized);
            using var scaled = mixed.mul(gamma);
            using var first = scaled.permute(0, 3, 1, 2);
            if (dropPath is null)
            {
                return first.Plus(input);
            }

            return Autocast.Join(dropPath.call(first), input);
        }
    }

    /// <summary>Two linear layers over the last dimension, whose weights may have the shape of 1x1 convolutions.</summary>
    private sealed class PointwiseMlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> fc1;
        private readonly Module<Tensor, Tensor> fc2;

        public PointwiseMlp(long width, long hidden, bool convolutional)
            : base(nameof(PointwiseMlp))
        {
            fc1 = convolutional ? Conv2d(width, hidden, 1) : Linear(width, hidden);
            fc2 = convolutional ? Conv2d(hidden, width, 1) : Linear(hidden, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var expanded = Apply(fc1, input);
            using var activated = functional.gelu(expanded);
            return Apply(fc2, activated);
        }

        private static Tensor Apply(Module<Tensor, Tensor> layer, Tensor input)
        {
            if (layer is not Conv2d convolution)
            {
                return Autocast.Run(layer, input);
            }

            using var weight = convolution.weight.flatten(1);
            return Autocast.Linear(input, weight, convolution.bias);
        }
    }

    private sealed class ClassifierHead : Module<Tensor, Tensor>
    {
        private readonly LayerNorm? norm;
        private readonly double dropRate;
        private Linear? fc;

        public ClassifierHead(GlobalPooling pooling, bool normalize, long features, long classes, double dropRate)
            : base(nameof(ClassifierHead))
        {
            Pooling = pooling;
            this.dropRate = dropRate;
            norm = normalize ? LayerNorm(features, Epsilon) : null;
            fc = classes == 0 ? null : Linear(features, classes);
            register_module(nameof(norm), norm!);
            register_module(nameof(fc), fc!);
        }

        public GlobalPooling Pooling { get; }

        public long NumClasses => fc?.weight.size(0) ?? 0;

        public void Reset(Tensor sample, long features, long classes)
        {
            var replacement = ClassifierLayer.Like(sample, features, classes, training);
            register_module(nameof(fc), null!);
            fc?.Dispose();
            fc = replacement;
            register_module(nameof(fc), fc!);
        }

        public Tensor Forward(Tensor features, bool preLogits)
        {
            var pooled = GlobalPool.Apply(features, Pooling);
            if (norm is not null)
            {
                using var unnormalized = pooled;
                pooled = Autocast.Run(norm, unnormalized);
            }

            if (dropRate > 0 && training)
            {
                using var kept = pooled;
                pooled = functional.dropout(kept, dropRate, training: true);
            }

            if (preLogits || fc is null)
            {
                return pooled;
            }

            using (pooled)
            {
                return fc.call(pooled);
            }
        }

        public override Tensor forward(Tensor input) => Forward(input, preLogits: false);
    }
}
