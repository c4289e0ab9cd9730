using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>A convolution, inverted residual blocks and another convolution, <c>features</c>, before <c>classifier</c>.</summary>
internal abstract class MobileNetArchitecture(string name) : TorchVisionArchitecture(name)
{
    private const string Features = "features";
    private const string Head = "classifier";
    private const string FirstLayer = $"{Features}.0.";

    // TorchVision's own order is the other way round for MobileNet v2.
    public override IReadOnlyList<string> Parts { get; } = [Features, Head];

    public override string FirstConvolution => "features.0.0";

    public override double DropRate => 0.2;

    public override IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part)
    {
        Module[] layers = [.. part(Features).children()];
        return
        [
            .. layers.Select((layer, index) => index == 0 || index == layers.Length - 1
                ? input => Layers.Run([layer], input)
                : InvertedResidual.Of(layer)),
        ];
    }

    /// <summary>Each block is a stage of its own, and so is the hidden layer before the classifier.</summary>
    public override string StageOf(string parameterName) =>
        parameterName.StartsWith(FirstLayer, StringComparison.Ordinal) ? "stem" : string.Join('.', parameterName.Split('.').Take(2));
}
