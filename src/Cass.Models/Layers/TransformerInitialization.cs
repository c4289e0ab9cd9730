using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>timm's initialisation of ViT, DeiT and Swin: truncated normal weights, zero biases; convolutions as PyTorch makes them.</summary>
internal static class TransformerInitialization
{
    /// <summary>The deviation of every drawn weight.</summary>
    public const double Deviation = 0.02;

    /// <summary>
    /// Draws from a normal distribution by the inverse of its distribution function, as timm's <c>trunc_normal_</c>. Its
    /// bounds of -2 and 2 lie 100 deviations out and do not matter; but a uniform number of exactly -1, about one in
    /// 17 million, would become -2 there, and is moved to the next number here. (TorchSharp 0.107's own
    /// <c>init.trunc_normal_</c> gives the constant <c>std</c>.)
    /// </summary>
    public static void Draw(Tensor tensor)
    {
        using var ungraded = no_grad();
        const double Limit = 1 - (1.0 / (1 << 24));
        tensor.uniform_(-1, 1).clamp_(KeptScalar.Of(-Limit), KeptScalar.Of(Limit)).erfinv_().mul_(KeptScalar.Of(Deviation * Math.Sqrt(2)));
    }

    /// <summary>Initialises every linear layer below a module, in the order in which PyTorch's <c>apply</c> visits them: children first.</summary>
    public static void Apply(Module root) => root.apply(module =>
    {
        if (module is Linear linear)
        {
            Draw(linear.weight);
            if (linear.bias is not null)
            {
                init.zeros_(linear.bias);
            }
        }
    });
}
