using Cass;
using Cass.Models;
using Cass.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace OwnBackbone;

/// <summary>
/// A small convolutional network of depthwise separable convolutions, in the manner of MobileNet (Howard et al. 2017, arXiv 1704.04861), of which no library has heard.
/// </summary>
internal sealed class SeparableCnn : Backbone
{
    /// <summary>Its name in registries and saved files.</summary>
    public const string Name = "separable_cnn";

    private readonly Conv2d stem;
    private readonly BatchNorm2d norm;
    private readonly Sequential stage1;
    private readonly Sequential stage2;
    private readonly Sequential stage3;
    private Linear? fc;

    public SeparableCnn(BackboneConfiguration configuration, BackboneOptions options)
        : base(Name, BackboneKind.Convolutional, configuration)
    {
        stem = Conv2d(configuration.InputChannels, 32, kernel_size: 3, stride: 2, padding: 1, bias: false);
        norm = BatchNorm2d(32);
        stage1 = Stage(32, 64);
        stage2 = Stage(64, 128);
        stage3 = Stage(128, NumFeatures);
        var classes = options.NumClasses ?? configuration.NumClasses;
        fc = classes == 0 ? null : Linear(NumFeatures, classes);

        // Registers every field above by its name, which is the first part of its parameters' names in saved files.
        RegisterComponents();
    }

    /// <summary>What it expects where nothing else is asked for: images of 64×64 pixels, normalised by 0.5.</summary>
    public static BackboneConfiguration DefaultConfiguration { get; } = new(
        InputHeight: 64,
        InputWidth: 64,
        InputChannels: 3,
        Mean: [0.5, 0.5, 0.5],
        Std: [0.5, 0.5, 0.5],
        CropFraction: 1,
        Interpolation: "bilinear",
        FirstConvolution: nameof(stem),
        Classifiers: [nameof(fc)]);

    public override long NumFeatures => 256;

    public override long NumClasses => fc?.out_features ?? 0;

    public override Tensor ForwardFeatures(Tensor images)
    {
        using var scope = NewDisposeScope();
        var map = norm.call(stem.call(images)).relu_();
        foreach (var stage in (Sequential[])[stage1, stage2, stage3])
        {
            map = stage.call(map);
        }

        return map.MoveToOuterDisposeScope();
    }

    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        using var scope = NewDisposeScope();
        var pooled = features.mean([2, 3]);
        return (preLogits || fc is null ? pooled : fc.call(pooled)).MoveToOuterDisposeScope();
    }

    // Fine-tuning calls this to have as many outputs as there are classes. register_module("fc", …) alone would fail: the name is taken.
    public override void ResetClassifier(long numClasses) => fc = ClassifierLayer.Replace(this, nameof(fc), fc, numClasses);

    private static Sequential Stage(long from, long to) => Sequential(
        ("depthwise", Conv2d(from, from, kernel_size: 3, stride: 2, padding: 1, groups: from, bias: false)),
        ("norm1", BatchNorm2d(from)),
        ("relu1", ReLU()),
        ("pointwise", Conv2d(from, to, kernel_size: 1, bias: false)),
        ("norm2", BatchNorm2d(to)),
        ("relu2", ReLU()));
}
