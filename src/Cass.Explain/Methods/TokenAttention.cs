using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>Attention rollout, and relevance by attention and its gradient.</summary>
internal static class TokenAttention
{
    private static readonly long[] First = [0];

    /// <summary>Abnar and Zuidema 2020, equation 1: Ã(l) = Â(l) Ã(l−1), with Â = (E_heads A + I) / 2.</summary>
    public static RelevanceMap Rollout(ExplainedInput input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var network = (VisionTransformer)input.Network;
        var (_, attention) = network.ForwardWithAttention(input.Image);
        var identity = Identity(attention[0]);
        var rollout = identity;
        foreach (var weights in attention)
        {
            rollout = HeadMean(weights).Plus(identity).Over(2).matmul(rollout);
        }

        return PatchesOf(input, network, rollout);
    }

    /// <summary>Chefer, Gur and Wolf (ICCV 2021), equations 5 and 6: R ← R + Ā R, with Ā = E_heads (∇A ⊙ A)⁺.</summary>
    public static RelevanceMap Relevance(ExplainedInput input)
    {
        using var scope = NewDisposeScope();
        using var graded = enable_grad();
        var network = (VisionTransformer)input.Network;

        // The weights may be frozen; the attention then has a gradient by way of the image.
        var (features, attention) = network.ForwardWithAttention(input.Image.detach().requires_grad_());
        var gradients = autograd.grad([input.Logit(network.ForwardHead(features))], [.. attention]);
        using var ungraded = no_grad();
        var relevance = Identity(attention[0]);
        foreach (var (weights, gradient) in attention.Zip(gradients))
        {
            relevance = relevance.Plus(HeadMean(weights.mul(gradient).relu()).matmul(relevance));
        }

        return PatchesOf(input, network, relevance);
    }

    private static Tensor Identity(Tensor attention) => eye(attention.size(2), dtype: ScalarType.Float64);

    /// <summary>[1, heads, tokens, tokens] to [tokens, tokens], on the processor, since not every device has numbers of 64 bits.</summary>
    private static Tensor HeadMean(Tensor weights) => weights.squeeze(0).cpu().to(ScalarType.Float64).mean(First);

    /// <summary>What the tokens that are pooled take of the patches.</summary>
    private static RelevanceMap PatchesOf(ExplainedInput input, VisionTransformer network, Tensor tokens)
    {
        var (height, width) = (input.Image.size(2) / network.PatchSize, input.Image.size(3) / network.PatchSize);
        var pooled = network.Pooling == GlobalPooling.Token ? tokens.narrow(0, 0, network.PrefixTokens) : tokens.narrow(0, network.PrefixTokens, height * width);
        return input.ToMap(pooled.mean(First).narrow(0, network.PrefixTokens, height * width), height, width);
    }
}
