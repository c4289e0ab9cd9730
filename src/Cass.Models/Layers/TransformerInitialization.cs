using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>timm's initialisation of ViT, DeiT and Swin: truncated normal weights, zero biases; convolutions as PyTorch makes them.</summary>
internal static class TransformerInitialization
{
    /// <summary>The deviation of every drawn weight.</summary>
    public const double Deviation = 0.02;

    /// <summary>Draws from a normal distribution cut off at -2 and 2, which at this deviation is never reached.</summary>
    public static void Draw(TorchSharp.torch.Tensor tensor) => init.trunc_normal_(tensor, mean: 0, std: Deviation, a: -2, b: 2);

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
