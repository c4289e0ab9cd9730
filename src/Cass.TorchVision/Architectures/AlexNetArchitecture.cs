using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>AlexNet in the form of Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks" (arXiv 1404.5997).</summary>
internal sealed class AlexNetArchitecture() : SequentialArchitecture("alexnet")
{
    public override int? HiddenMapSide => 6;

    protected override int MinimumInputSize => 63;

    protected override IReadOnlyList<int> Poolings { get; } = [2, 5, 12];

    public override Module Create(int classes, double dropRate) => models.alexnet(classes, (float)dropRate);

    public override void Initialize(Conv2d convolution)
    {
        // PyTorch's default, which the layer has already.
    }
}
