using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>MobileNet v3 (Howard et al. 2019, "Searching for MobileNetV3", arXiv 1905.02244), which has a hidden layer before its classifier.</summary>
internal sealed class MobileNetV3Architecture(string name, Func<Module> create) : MobileNetArchitecture(name)
{
    public override string ClassifierName => "classifier.3";

    public override int? HiddenMapSide => 1;

    public override Module Create(int classes, double dropRate) => create();
}
