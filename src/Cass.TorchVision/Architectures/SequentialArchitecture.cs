using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>A chain of convolutions and poolings, <c>features</c>, before two hidden layers and the classifier, <c>classifier</c>.</summary>
internal abstract class SequentialArchitecture(string name) : TorchVisionArchitecture(name)
{
    private const string Features = "features";
    private const string Head = "classifier";

    public override IReadOnlyList<string> Parts { get; } = [Features, Head];

    public override string FirstConvolution => "features.0";

    public override string ClassifierName => "classifier.6";

    public override double DropRate => 0.5;

    /// <summary>Indices of the poolings, which end the stages.</summary>
    protected abstract IReadOnlyList<int> Poolings { get; }

    public override IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part)
    {
        var layers = part(Features).named_children().ToList();
        return
        [
            .. layers.GroupBy(layer => Stage(layer.name), layer => layer.module).Select(stage =>
            {
                Module[] modules = [.. stage];
                return (Func<Tensor, Tensor>)(input => Layers.Run(modules, input));
            }),
        ];
    }

    public override string StageOf(string parameterName)
    {
        var parts = parameterName.Split('.');
        return string.Equals(parts[0], Head, StringComparison.Ordinal) ? $"{Head}.{parts[1]}"
            : Stage(parts[1]) is var stage && stage == 0 ? "stem"
            : string.Create(CultureInfo.InvariantCulture, $"stage{stage + 1}");
    }

    /// <summary>Number of poolings before a layer.</summary>
    private int Stage(string index) => Poolings.Count(pooling => pooling < int.Parse(index, CultureInfo.InvariantCulture));
}
