using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

/// <summary>A network of one's own: logits that are linear in the pixels, so that every method's result is known.</summary>
internal sealed class LinearNetwork : Backbone
{
    private readonly Parameter weight;

    public LinearNetwork(int side, int classes)
        : base("linear", BackboneKind.Transformer, new BackboneConfiguration(side, side, 3, [0.5, 0.5, 0.5], [0.25, 0.25, 0.25], 1, "bilinear", "none", []))
    {
        weight = new Parameter(randn(classes, 3 * side * side));
        register_parameter(nameof(weight), weight);
        eval();
    }

    /// <summary>[classes, 3, side, side].</summary>
    public Tensor Weight => weight.view(weight.size(0), 3, Configuration.InputHeight, Configuration.InputWidth);

    public override long NumFeatures => weight.size(1);

    public override long NumClasses => weight.size(0);

    public override Tensor ForwardFeatures(Tensor images) => images.flatten(1).unsqueeze(1);

    public override Tensor ForwardHead(Tensor features, bool preLogits = false) => preLogits ? features.squeeze(1) : features.squeeze(1).matmul(weight.t());

    public override void ResetClassifier(long numClasses) => throw new NotSupportedException();

    protected override void RegisterComponents()
    {
    }
}
