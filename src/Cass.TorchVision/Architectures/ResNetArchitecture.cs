using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>
/// ResNet (He et al. 2016, arXiv 1512.03385) with the stride in the 3x3 convolution, ResNeXt (Xie et al. 2017, arXiv 1611.05431) and wide ResNet
/// (Zagoruyko and Komodakis 2016, arXiv 1605.07146).
/// </summary>
internal sealed class ResNetArchitecture(string name, Func<int, Module> create) : TorchVisionArchitecture(name)
{
    private static readonly string[] Stem = ["conv1", "bn1", "relu", "maxpool"];
    private static readonly string[] Stages = ["layer1", "layer2", "layer3", "layer4"];

    public override IReadOnlyList<string> Parts { get; } = ["conv1", "bn1", .. Stages, "fc"];

    public override string FirstConvolution => "conv1";

    public override string ClassifierName => "fc";

    public override double DropRate => 0;

    public override Module Create(int classes, double dropRate) => create(classes);

    public override IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part)
    {
        Module[] stem = [.. Stem.Select(part)];
        return [input => Layers.Run(stem, input), .. Stages.SelectMany(stage => part(stage).children()).Select(ResidualBlock.Of)];
    }

    public override string StageOf(string parameterName) =>
        parameterName.StartsWith("layer", StringComparison.Ordinal) ? parameterName[..parameterName.IndexOf('.', StringComparison.Ordinal)] : "stem";

    public override string LayerOf(string parameterName) => StageOf(parameterName) is not "stem" and var stage ? $"{stage}.{parameterName.Split('.')[1]}" : "stem";
}
