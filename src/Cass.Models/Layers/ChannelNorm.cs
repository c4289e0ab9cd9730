using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// Layer norm over the channels of [batch, channels, height, width]; timm's <c>LayerNorm2d</c>. In timm 0.5.4 it divides
/// by the unbiased variance (by channels - 1) where its input does not lie contiguously in memory, and so everywhere in
/// ConvNeXt but behind the stem's convolution and on maps of one pixel; <c>unbiased</c> follows that.
/// </summary>
internal sealed class ChannelNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly double epsilon;
    private readonly bool unbiased;
    private readonly long[] shape;

    public ChannelNorm(long channels, double epsilon, bool unbiased)
        : base(nameof(ChannelNorm))
    {
        this.epsilon = epsilon;
        this.unbiased = unbiased && channels > 1;
        shape = [channels];
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        weight.DetachFromDisposeScope();
        bias.DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>The norm of [batch, height, width, channels].</summary>
    public Tensor ForwardChannelsLast(Tensor input)
    {
        using var cast = Autocast.Widened(input, weight);
        if (!unbiased || input.size(1) * input.size(2) == 1)
        {
            return functional.layer_norm(cast, shape, weight, bias, epsilon);
        }

        // (x - m) / sqrt(v n/(n-1) + e) is (x - m) / sqrt(v + e (n-1)/n) times sqrt((n-1)/n), with v the biased variance.
        var share = (shape[0] - 1.0) / shape[0];
        using var scaled = weight.Times(Math.Sqrt(share));
        return functional.layer_norm(cast, shape, scaled, bias, epsilon * share);
    }

    public override Tensor forward(Tensor input)
    {
        using var last = input.permute(0, 2, 3, 1);
        using var normalized = ForwardChannelsLast(last);
        return normalized.permute(0, 3, 1, 2);
    }
}
