using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training.Benchmarks.Plain;

/// <summary>ResNet as one writes it with TorchSharp's own layers (He et al. 2016): what Cass.Models is compared with.</summary>
internal sealed class PlainResNet : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layers;

    public PlainResNet(bool bottleneck, int[] depths)
        : base(nameof(PlainResNet))
    {
        var parts = new List<Module<Tensor, Tensor>> { Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false), BatchNorm2d(64), ReLU(), MaxPool2d(3, 2, 1) };
        long channels = 64;
        for (var stage = 0; stage < 4; stage++)
        {
            for (var i = 0; i < depths[stage]; i++)
            {
                var block = new Block(channels, 64L << stage, i == 0 && stage > 0 ? 2 : 1, bottleneck);
                parts.Add(block);
                channels = block.Outputs;
            }
        }

        parts.AddRange([AdaptiveAvgPool2d(1), Flatten(), Linear(channels, 1000)]);
        layers = Sequential(parts);
        RegisterComponents();
    }

    public static IReadOnlyList<string> Names { get; } = ["resnet18", "resnet50"];

    public static PlainResNet Create(string name) => string.Equals(name, Names[0], StringComparison.Ordinal)
        ? new PlainResNet(bottleneck: false, [2, 2, 2, 2])
        : new PlainResNet(bottleneck: true, [3, 4, 6, 3]);

    public override Tensor forward(Tensor input) => layers.call(input);

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> residual;
        private readonly Module<Tensor, Tensor>? shortcut;

        public Block(long inputs, long planes, long stride, bool bottleneck)
            : base(nameof(Block))
        {
            Outputs = bottleneck ? planes * 4 : planes;
            residual = bottleneck
                ? Sequential(
                    Conv2d(inputs, planes, 1, bias: false), BatchNorm2d(planes), ReLU(),
                    Conv2d(planes, planes, 3, stride, padding: 1, bias: false), BatchNorm2d(planes), ReLU(),
                    Conv2d(planes, Outputs, 1, bias: false), BatchNorm2d(Outputs))
                : Sequential(
                    Conv2d(inputs, planes, 3, stride, padding: 1, bias: false), BatchNorm2d(planes), ReLU(),
                    Conv2d(planes, planes, 3, padding: 1, bias: false), BatchNorm2d(planes));
            shortcut = stride == 1 && inputs == Outputs ? null : Sequential(Conv2d(inputs, Outputs, 1, stride, bias: false), BatchNorm2d(Outputs));
            RegisterComponents();
        }

        public long Outputs { get; }

        public override Tensor forward(Tensor input) => functional.relu(residual.call(input) + (shortcut?.call(input) ?? input));
    }
}
