using Cass.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>
/// Inception v3 (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision", arXiv 1512.00567), without its auxiliary
/// classifier.
/// </summary>
internal sealed class InceptionV3Architecture() : TorchVisionArchitecture("inception_v3")
{
    private const string Auxiliary = "AuxLogits";

    private static readonly string[] Stem = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2"];

    private static readonly (string Name, Func<InceptionParts, Tensor, Tensor[]> Branches)[] Mixed =
    [
        ("Mixed_5b", InceptionBranches.OfFive),
        ("Mixed_5c", InceptionBranches.OfFive),
        ("Mixed_5d", InceptionBranches.OfFive),
        ("Mixed_6a", InceptionBranches.OfFirstReduction),
        ("Mixed_6b", InceptionBranches.OfSix),
        ("Mixed_6c", InceptionBranches.OfSix),
        ("Mixed_6d", InceptionBranches.OfSix),
        ("Mixed_6e", InceptionBranches.OfSix),
        ("Mixed_7a", InceptionBranches.OfSecondReduction),
        ("Mixed_7b", InceptionBranches.OfSeven),
        ("Mixed_7c", InceptionBranches.OfSeven),
    ];

    public override IReadOnlyList<string> Parts { get; } =
        [.. Stem.Where(name => name.StartsWith("Conv2d", StringComparison.Ordinal)), .. Mixed.Select(mixed => mixed.Name), "fc"];

    public override string FirstConvolution => "Conv2d_1a_3x3.conv";

    public override string ClassifierName => "fc";

    public override double DropRate => 0.5;

    protected override int InputSize => 299;

    protected override int MinimumInputSize => 75;

    protected override double CropFraction => 299.0 / 342;

    // The published weights take inputs in [-1, 1]; torchvision maps ImageNet's statistics to these by transform_input.
    protected override IReadOnlyList<double> Mean => Normalization.Half;

    protected override IReadOnlyList<double> Std => Normalization.Half;

    public override Module Create(int classes, double dropRate) => models.inception_v3(classes, (float)dropRate);

    public override IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part)
    {
        Module[] stem = [.. Stem.Select(part)];
        return
        [
            input => Layers.Run(stem, input),
            .. Mixed.Select(mixed =>
            {
                var parts = new InceptionParts(part(mixed.Name));
                return (Func<Tensor, Tensor>)(input =>
                {
                    using var scope = NewDisposeScope();
                    return cat(mixed.Branches(parts, input), 1).MoveToOuterDisposeScope();
                });
            }),
        ];
    }

    /// <summary>The stem, or the blocks of one size of maps.</summary>
    public override string StageOf(string parameterName) =>
        parameterName.StartsWith("Mixed", StringComparison.Ordinal) ? parameterName[.."Mixed_5".Length] : "stem";

    public override bool IsAuxiliary(string name) => name.StartsWith($"{Auxiliary}.", StringComparison.Ordinal);
}
