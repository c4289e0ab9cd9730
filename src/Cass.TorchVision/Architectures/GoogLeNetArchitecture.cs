using Cass.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>
/// GoogLeNet (Szegedy et al. 2015, "Going Deeper with Convolutions", arXiv 1409.4842) with batch norms, without its auxiliary classifiers.
/// </summary>
internal sealed class GoogLeNetArchitecture() : TorchVisionArchitecture("googlenet")
{
    private static readonly string[] Stem = ["conv1", "maxpool1", "conv2", "conv3", "maxpool2"];

    private static readonly string[] Inceptions =
    [
        "inception3a", "inception3b", "inception4a", "inception4b", "inception4c", "inception4d", "inception4e", "inception5a", "inception5b",
    ];

    public override IReadOnlyList<string> Parts { get; } = ["conv1", "conv2", "conv3", .. Inceptions, "fc"];

    public override string FirstConvolution => "conv1.conv";

    public override string ClassifierName => "fc";

    public override double DropRate => 0.2;

    // The published weights take inputs in [-1, 1]; torchvision maps ImageNet's statistics to these by transform_input.
    protected override IReadOnlyList<double> Mean => Normalization.Half;

    protected override IReadOnlyList<double> Std => Normalization.Half;

    protected override int MinimumInputSize => 15;

    public override Module Create(int classes, double dropRate) => models.googlenet(classes, dropout: (float)dropRate);

    public override IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part)
    {
        Module[] stem = [.. Stem.Select(part)];
        var blocks = new List<Func<Tensor, Tensor>> { input => Layers.Run(stem, input) };
        foreach (var name in Inceptions)
        {
            Module[] pooled = name switch
            {
                "inception4a" => [part("maxpool3")],
                "inception5a" => [part("maxpool4")],
                _ => [],
            };
            Module[] branches = [.. part(name).children()];
            blocks.Add(input =>
            {
                using var scope = NewDisposeScope();
                var map = Layers.Run(pooled, input);
                return cat([.. branches.Select(branch => Layers.Run([branch], map))], 1).MoveToOuterDisposeScope();
            });
        }

        return blocks;
    }

    /// <summary>The stem, or the Inception blocks of one size of maps.</summary>
    public override string StageOf(string parameterName) =>
        parameterName.StartsWith("inception", StringComparison.Ordinal) ? parameterName[.."inception3".Length] : "stem";

    public override bool IsAuxiliary(string name) => name.StartsWith("aux1.", StringComparison.Ordinal) || name.StartsWith("aux2.", StringComparison.Ordinal);
}
