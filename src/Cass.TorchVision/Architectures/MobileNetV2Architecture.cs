using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>MobileNet v2 (Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381).</summary>
internal sealed class MobileNetV2Architecture() : MobileNetArchitecture("mobilenet_v2")
{
    public override string ClassifierName => "classifier.1";

    public override Module Create(int classes, double dropRate) => models.mobilenet_v2(classes, dropout: dropRate);
}
