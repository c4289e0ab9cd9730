using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// Residual networks (He et al. 2016, "Deep Residual Learning for Image Recognition"), with the stride in the 3x3
/// convolution; also wide ResNet (Zagoruyko and Komodakis 2016), ResNeXt (Xie et al. 2017) and the 'D' form
/// (He et al. 2019, "Bag of Tricks"). Structure, initialisation and names are those of timm 0.5.4.
/// </summary>
public sealed class ResNet : Backbone, IWeightLayout
{
    private static readonly long[] Three = [3, 3];
    private static readonly long[] Two = [2, 2];
    private static readonly long[] One = [1, 1];

    private readonly Module<Tensor, Tensor> conv1;
    private readonly BatchNorm2d bn1;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly GlobalPooling pooling;
    private readonly double dropRate;
    private readonly bool poolsStem;
    private Linear? fc;

    /// <summary>Builds the network with timm's random initialisation.</summary>
    /// <param name="modelName">Its name.</param>
    /// <param name="architecture">Depths and widths.</param>
    /// <param name="configuration">Expected input; its channels are those of the first convolution.</param>
    /// <param name="options">Classes, dropout, stochastic depth and pooling; the image size does not matter here.</param>
    /// <exception cref="CassInputException">An option does not fit.</exception>
    public ResNet(string modelName, ResNetArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options)
        : base(modelName, BackboneKind.Convolutional, configuration)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (architecture.Depths.Count != 4 || architecture.Depths.Any(depth => depth < 1))
        {
            throw new ArgumentException("A ResNet has four stages of at least one block each.", nameof(architecture));
        }

        if (architecture.Channels.Count != 4 || architecture.Channels.Any(channels => channels < 2))
        {
            throw new ArgumentException("A ResNet's channels are given for its four stages, at least 2 each.", nameof(architecture));
        }

        if (!architecture.Bottleneck && (architecture.Cardinality != 1 || architecture.BaseWidth != 64))
        {
            throw new ArgumentException("Only bottleneck blocks have a cardinality and a base width.", nameof(architecture));
        }

        if (architecture.DeepStem && architecture.SmallImageStem)
        {
            throw new ArgumentException("A ResNet has a deep stem or one for small images, not both.", nameof(architecture));
        }

        Architecture = architecture;
        poolsStem = !architecture.SmallImageStem;
        pooling = GlobalPool.ForConvolutional(options.GlobalPooling, modelName);
        dropRate = options.DropRate ?? 0;
        var stem = architecture.Channels[0];
        conv1 = architecture.DeepStem
            ? Sequential(
                ("0", Conv2d(configuration.InputChannels, stem / 2, 3, stride: 2, padding: 1, bias: false)),
                ("1", BatchNorm2d(stem / 2)),
                ("2", ReLU(inplace: true)),
                ("3", Conv2d(stem / 2, stem / 2, 3, padding: 1, bias: false)),
                ("4", BatchNorm2d(stem / 2)),
                ("5", ReLU(inplace: true)),
                ("6", Conv2d(stem / 2, stem, 3, padding: 1, bias: false)))
            : architecture.SmallImageStem
                ? Conv2d(configuration.InputChannels, stem, 3, padding: 1, bias: false)
                : Conv2d(configuration.InputChannels, stem, 7, stride: 2, padding: 3, bias: false);
        bn1 = BatchNorm2d(stem);

        var expansion = architecture.Bottleneck ? 4 : 1;
        var blocks = architecture.Depths.Sum();
        var block = 0;
        long channels = stem;
        var layers = new Sequential[4];
        for (var stage = 0; stage < 4; stage++)
        {
            long planes = architecture.Channels[stage];
            var layer = Sequential();
            for (var i = 0; i < architecture.Depths[stage]; i++)
            {
                var stride = i == 0 && stage > 0 ? 2 : 1;
                var shortcut = stride == 1 && channels == planes * expansion ? null
                    : new Shortcut(channels, planes * expansion, stride, architecture.DeepStem);
                var dropPath = DropPath.Create(DropPath.Rate(options.DropPathRate ?? 0, block++, blocks));
                layer.append(architecture.Bottleneck
                    ? new BottleneckBlock(channels, planes, stride, architecture, shortcut, dropPath)
                    : new BasicBlock(channels, planes, stride, shortcut, dropPath));
                channels = planes * expansion;
            }

            layers[stage] = layer;
        }

        (layer1, layer2, layer3, layer4) = (layers[0], layers[1], layers[2], layers[3]);
        NumFeatures = channels * GlobalPool.Multiplier(pooling);
        var numClasses = options.NumClasses ?? configuration.NumClasses;
        fc = numClasses == 0 ? null : Linear(NumFeatures, numClasses);

        register_module(nameof(conv1), conv1);
        register_module(nameof(bn1), bn1);
        register_module(nameof(layer1), layer1);
        register_module(nameof(layer2), layer2);
        register_module(nameof(layer3), layer3);
        register_module(nameof(layer4), layer4);
        register_module(nameof(fc), fc!);
        Initialize();
    }

    /// <summary>What it was built of.</summary>
    public ResNetArchitecture Architecture { get; }

    /// <summary>How the last feature map becomes the pooled features.</summary>
    public GlobalPooling Pooling => pooling;

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override long NumClasses => fc?.weight.size(0) ?? 0;

    (int Height, int Width)? IWeightLayout.PositionGrid => null;

    bool IWeightLayout.HasImageSize => false;

    IReadOnlyDictionary<string, JsonNode> IWeightLayout.TimmArguments => pooling == GlobalPooling.Average
        ? new Dictionary<string, JsonNode>(StringComparer.Ordinal)
        : new Dictionary<string, JsonNode>(StringComparer.Ordinal) { ["global_pool"] = TimmPooling.NameOf(pooling) };

    internal static IEnumerable<BackboneDefinition> Definitions
    {
        get
        {
            int[] depths18 = [2, 2, 2, 2], depths34 = [3, 4, 6, 3], depths101 = [3, 4, 23, 3], depths152 = [3, 8, 36, 3], depths200 = [3, 24, 36, 3];
            yield return Define("resnet18", new(depths18, Bottleneck: false), interpolation: "bilinear");

            // Not timm's: the network of Microsoft.ML.DnnImageFeaturizer.ResNet18, which has a block more than a ResNet-18 in its last stage.
            yield return Define("resnet20", new([2, 2, 2, 3], Bottleneck: false), interpolation: "bilinear");
            yield return Define("resnet26", new(depths18, Bottleneck: true));
            yield return Define("resnet34", new(depths34, Bottleneck: false), interpolation: "bilinear");
            yield return Define("resnet50", new(depths34, Bottleneck: true), crop: 0.95);
            yield return Define("resnet101", new(depths101, Bottleneck: true), crop: 0.95);
            yield return Define("resnet152", new(depths152, Bottleneck: true), crop: 0.95);
            yield return Define("resnet200", new(depths200, Bottleneck: true));
            yield return Define("resnet18d", new(depths18, Bottleneck: false) { DeepStem = true });
            yield return Define("resnet26d", new(depths18, Bottleneck: true) { DeepStem = true });
            yield return Define("resnet34d", new(depths34, Bottleneck: false) { DeepStem = true });
            yield return Define("resnet50d", new(depths34, Bottleneck: true) { DeepStem = true });
            yield return Define("resnet101d", new(depths101, Bottleneck: true) { DeepStem = true }, size: 256, crop: 1);
            yield return Define("resnet152d", new(depths152, Bottleneck: true) { DeepStem = true }, size: 256, crop: 1);
            yield return Define("resnet200d", new(depths200, Bottleneck: true) { DeepStem = true }, size: 256, crop: 1);
            yield return Define("wide_resnet50_2", new(depths34, Bottleneck: true) { BaseWidth = 128 });
            yield return Define("wide_resnet101_2", new(depths101, Bottleneck: true) { BaseWidth = 128 }, interpolation: "bilinear");
            yield return Define("resnext50_32x4d", new(depths34, Bottleneck: true) { Cardinality = 32, BaseWidth = 4 }, crop: 0.95);
            yield return Define("resnext50d_32x4d", new(depths34, Bottleneck: true) { Cardinality = 32, BaseWidth = 4, DeepStem = true });
            yield return Define("resnext101_32x4d", new(depths101, Bottleneck: true) { Cardinality = 32, BaseWidth = 4 }, interpolation: "bilinear");
            yield return Define("resnext101_32x8d", new(depths101, Bottleneck: true) { Cardinality = 32, BaseWidth = 8 }, interpolation: "bilinear");
            yield return Define("resnext101_64x4d", new(depths101, Bottleneck: true) { Cardinality = 64, BaseWidth = 4 }, interpolation: "bilinear");
        }
    }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor images)
    {
        ImageShape.Require(images, ModelName, Configuration.InputChannels);
        using var convolved = conv1 is Sequential deep ? BatchNormForward.Run(deep.children(), images) : Autocast.Run(conv1, images);
        using var activated = BatchNormForward.Run(bn1, convolved).relu_();
        using var pooled = poolsStem ? functional.max_pool2d(activated, Three, Two, One) : activated.alias();
        using var stage1 = GradientCheckpointing.Run(layer1.children(), pooled);
        using var stage2 = GradientCheckpointing.Run(layer2.children(), stage1);
        using var stage3 = GradientCheckpointing.Run(layer3.children(), stage2);
        return GradientCheckpointing.Run(layer4.children(), stage3);
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var widened = Autocast.Widened(features, bn1.weight);
        var pooled = GlobalPool.Apply(widened, pooling);
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

    /// <inheritdoc/>
    public override void ResetClassifier(long numClasses) => fc = ClassifierLayer.Replace(this, nameof(fc), fc, numClasses);

    bool IWeightLayout.IsDerived(string name) => false;

    Func<string, string> IWeightLayout.Translator(IReadOnlyCollection<string> names) => ChildIndexNames.Are(names) ? ChildIndexNames.ResNet : name => name;

    AdaptationStep? IWeightLayout.Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid) => null;

    /// <inheritdoc/>
    protected override string StageOf(string parameterName) => base.StageOf(parameterName) switch
    {
        nameof(conv1) or nameof(bn1) => "stem",
        nameof(fc) => "head",
        var layer => layer,
    };

    /// <inheritdoc/>
    protected override string LayerOf(string parameterName)
    {
        var stage = StageOf(parameterName);
        return stage is "stem" or "head" ? stage : $"{stage}.{parameterName.Split('.')[1]}";
    }

    private static BackboneDefinition Define(string name, ResNetArchitecture architecture, int size = 224, double crop = 0.875, string interpolation = "bicubic") => new(
        name,
        new BackboneConfiguration(size, size, 3, Normalization.ImageNetMean, Normalization.ImageNetStd, crop, interpolation, architecture.DeepStem ? "conv1.0" : "conv1", ["fc"]),
        (configuration, options) => new ResNet(name, architecture, configuration, options));

    private static Tensor Normalized(Conv2d convolution, BatchNorm2d norm, Tensor input)
    {
        using var convolved = SmallMapConvolution.Run(convolution, input);
        return BatchNormForward.Run(norm, convolved);
    }

    /// <summary>Adds the shortcut to the residual branch in place, and activates; consumes the branch.</summary>
    private static Tensor Joined(Tensor branch, Tensor input, Shortcut? shortcut, DropPath? dropPath)
    {
        if (dropPath is not null)
        {
            using var kept = branch;
            branch = dropPath.call(kept);
        }

        if (shortcut is null)
        {
            return branch.PlusInPlace(input).relu_();
        }

        using var projected = shortcut.call(input);
        return branch.PlusInPlace(projected).relu_();
    }

    private void Initialize()
    {
        foreach (var module in modules())
        {
            if (module is Conv2d convolution)
            {
                init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
            }
        }

        // The last norm of each block starts at zero (Goyal et al. 2017), so that a block starts as the identity.
        foreach (var module in modules())
        {
            switch (module)
            {
                case BasicBlock block:
                    init.zeros_(block.LastNorm.weight);
                    break;
                case BottleneckBlock block:
                    init.zeros_(block.LastNorm.weight);
                    break;
            }
        }
    }

    /// <summary>The projection of a block's input to its output's shape: a 1x1 convolution and a norm.</summary>
    private sealed class Shortcut : Module<Tensor, Tensor>
    {
        private readonly long stride;
        private readonly Module<Tensor, Tensor>? averagePool;
        private readonly Conv2d convolution;
        private readonly BatchNorm2d norm;

        public Shortcut(long inputs, long outputs, int stride, bool averaged)
            : base(nameof(Shortcut))
        {
            this.stride = averaged ? 1 : stride;
            averagePool = !averaged ? null : stride == 1 ? Identity() : AvgPool2d(2, stride, ceil_mode: true, count_include_pad: false);
            convolution = Conv2d(inputs, outputs, 1, bias: false);
            norm = BatchNorm2d(outputs);
            var index = 0;
            foreach (var part in new Module<Tensor, Tensor>?[] { averagePool, convolution, norm })
            {
                if (part is not null)
                {
                    register_module(index++.ToString(CultureInfo.InvariantCulture), part);
                }
            }
        }

        public override Tensor forward(Tensor input)
        {
            // A 1x1 convolution with a stride reads only every so-manieth pixel. It is written as one without stride on
            // those pixels, because oneDNN's gradient of the strided form divides by zero at some sizes and ends the
            // process (1024 channels at 24x24 to 2048, on CPUs with AVX-512).
            using var rows = stride == 1 ? null : input.slice(2, 0, long.MaxValue, stride);
            using var pixels = rows?.slice(3, 0, long.MaxValue, stride);
            using var pooled = averagePool?.call(input);
            return Normalized(convolution, norm, pixels ?? pooled ?? input);
        }

        // The parts are registered under their numbers; registering them under their fields' names too would double them.
        protected override void RegisterComponents()
        {
        }
    }

    private sealed class BasicBlock : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1;
        private readonly BatchNorm2d bn1;
        private readonly Conv2d conv2;
        private readonly BatchNorm2d bn2;
        private readonly Shortcut? downsample;
        [ComponentName(Name = "drop_path")]
        private readonly DropPath? dropPath;

        public BasicBlock(long inputs, long planes, int stride, Shortcut? downsample, DropPath? dropPath)
            : base(nameof(BasicBlock))
        {
            conv1 = Conv2d(inputs, planes, 3, stride: stride, padding: 1, bias: false);
            bn1 = BatchNorm2d(planes);
            conv2 = Conv2d(planes, planes, 3, padding: 1, bias: false);
            bn2 = BatchNorm2d(planes);
            this.downsample = downsample;
            this.dropPath = dropPath;
            RegisterComponents();
        }

        public BatchNorm2d LastNorm => bn2;

        public override Tensor forward(Tensor input)
        {
            using var first = Normalized(conv1, bn1, input).relu_();
            return Joined(Normalized(conv2, bn2, first), input, downsample, dropPath);
        }
    }

    private sealed class BottleneckBlock : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1;
        private readonly BatchNorm2d bn1;
        private readonly Conv2d conv2;
        private readonly BatchNorm2d bn2;
        private readonly Conv2d conv3;
        private readonly BatchNorm2d bn3;
        private readonly Shortcut? downsample;
        [ComponentName(Name = "drop_path")]
        private readonly DropPath? dropPath;

        public BottleneckBlock(long inputs, long planes, int stride, ResNetArchitecture architecture, Shortcut? downsample, DropPath? dropPath)
            : base(nameof(BottleneckBlock))
        {
            var width = planes * architecture.BaseWidth / 64 * architecture.Cardinality;
            conv1 = Conv2d(inputs, width, 1, bias: false);
            bn1 = BatchNorm2d(width);
            conv2 = Conv2d(width, width, 3, stride: stride, padding: 1, groups: architecture.Cardinality, bias: false);
            bn2 = BatchNorm2d(width);
            conv3 = Conv2d(width, planes * 4, 1, bias: false);
            bn3 = BatchNorm2d(planes * 4);
            this.downsample = downsample;
            this.dropPath = dropPath;
            RegisterComponents();
        }

        public BatchNorm2d LastNorm => bn3;

        public override Tensor forward(Tensor input)
        {
            using var first = Normalized(conv1, bn1, input).relu_();
            using var second = Normalized(conv2, bn2, first).relu_();
            return Joined(Normalized(conv3, bn3, second), input, downsample, dropPath);
        }
    }
}
