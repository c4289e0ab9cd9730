using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>VGG (Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv 1409.1556), with and without batch norms.</summary>
internal sealed class VggArchitecture : SequentialArchitecture
{
    private readonly Func<int, float, Module> create;

    public VggArchitecture(string name, Func<int, float, Module> create)
        : base(name)
    {
        this.create = create;
        var convolutions = Convolutions(name);
        var layersOfConvolution = name.EndsWith("_bn", StringComparison.Ordinal) ? 3 : 2;
        Poolings = [.. convolutions.Select((_, stage) => (convolutions.Take(stage + 1).Sum() * layersOfConvolution) + stage)];
    }

    public override int? HiddenMapSide => 7;

    protected override int MinimumInputSize => 32;

    protected override IReadOnlyList<int> Poolings { get; }

    public override Module Create(int classes, double dropRate) => create(classes, (float)dropRate);

    /// <summary>Number of convolutions before each pooling: table 1 of the paper, columns A, B, D and E.</summary>
    private static int[] Convolutions(string name) => name[..5] switch
    {
        "vgg11" => [1, 1, 2, 2, 2],
        "vgg13" => [2, 2, 2, 2, 2],
        "vgg16" => [2, 2, 3, 3, 3],
        _ => [2, 2, 4, 4, 4],
    };
}
