using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// The small networks on top of a backbone that methods compare images with, and that are dropped after pretraining. Heads
/// are small, and what is compared should not be rounded: they compute in the type of their weights.
/// </summary>
internal static class ProjectionHead
{
    /// <summary>Two layers from the pooled features to the space where CASS's safeguards compare images.</summary>
    public static Sequential Projector(Backbone network, int width) => Mlp(network, [network.NumFeatures, width, width]);

    /// <summary>Two layers that predict another projection from this one; narrower inside, as SimSiam found it to need (section 4.3 there).</summary>
    public static Sequential Predictor(Backbone network, int width) => Mlp(network, [width, Math.Max(2, width / 4), width]);

    /// <summary>
    /// Linear layers <c>fc1</c>, <c>fc2</c>, …, with a batch norm <c>bn1</c>, … and a ReLU after each but the last.
    /// </summary>
    /// <param name="network">The network that the head is for, which decides its type and device.</param>
    /// <param name="widths">Width of the input, of each layer's output in turn: at least two.</param>
    /// <param name="hiddenBias">Whether the layers before a batch norm have a bias, which the norm makes superfluous.</param>
    /// <param name="outputBias">Whether the last layer has a bias.</param>
    /// <param name="outputNorm">The batch norm after the last layer.</param>
    public static Sequential Mlp(
        Backbone network,
        IReadOnlyList<long> widths,
        bool hiddenBias = false,
        bool outputBias = true,
        OutputNorm outputNorm = OutputNorm.None)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (var i = 1; i < widths.Count; i++)
        {
            var isLast = i == widths.Count - 1;
            layers.Add(($"fc{i}", Linear(widths[i - 1], widths[i], hasBias: isLast ? outputBias : hiddenBias)));
            if (!isLast)
            {
                layers.Add(($"bn{i}", BatchNorm1d(widths[i])));
                layers.Add(($"act{i}", ReLU()));
            }
            else if (outputNorm != OutputNorm.None)
            {
                layers.Add(($"bn{i}", Norm(widths[i], outputNorm)));
            }
        }

        var parameter = network.parameters().First();
        return Sequential(layers).to(parameter.dtype).to(parameter.device);
    }

    public static Tensor Run(Sequential head, Tensor input)
    {
        using var exact = Autocast.Enable(enabled: false);
        return BatchNormForward.Run(head.children(), input);
    }

    private static BatchNorm1d Norm(long width, OutputNorm kind)
    {
        var norm = BatchNorm1d(width, affine: kind == OutputNorm.Scaled);
        if (norm.bias is { } offset)
        {
            offset.requires_grad = false;
        }

        return norm;
    }
}
