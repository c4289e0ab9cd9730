using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// The small networks on top of a backbone that CASS's safeguards compare images with, and that are dropped after
/// pretraining. Heads are small, and what is compared should not be rounded: they compute in the type of their weights.
/// </summary>
internal static class ProjectionHead
{
    /// <summary>Two layers from the pooled features to the space where images are compared.</summary>
    public static Sequential Projector(Backbone network, int width)
    {
        var parameter = network.parameters().First();
        return Mlp(network.NumFeatures, width, width, parameter.dtype, parameter.device);
    }

    /// <summary>Two layers that predict another projection from this one; narrower inside, as SimSiam found it to need (section 4.3 there).</summary>
    public static Sequential Predictor(Backbone network, int width)
    {
        var parameter = network.parameters().First();
        return Mlp(width, Math.Max(2, width / 4), width, parameter.dtype, parameter.device);
    }

    public static Tensor Run(Sequential head, Tensor input)
    {
        using var exact = Autocast.Enable(enabled: false);
        return BatchNormForward.Run(head.children(), input);
    }

    private static Sequential Mlp(long inputs, long hidden, long outputs, ScalarType type, Device device) => Sequential(
        ("fc1", Linear(inputs, hidden, hasBias: false)),
        ("bn1", BatchNorm1d(hidden)),
        ("act1", ReLU()),
        ("fc2", Linear(hidden, outputs))).to(type).to(device);
}
