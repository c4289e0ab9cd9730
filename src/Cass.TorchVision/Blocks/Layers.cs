using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>
/// Runs TorchVision's layers as this library runs its own: convolutions in mixed precision, batch norms whose statistics move once under
/// gradient checkpointing, and nothing left behind.
/// </summary>
internal static class Layers
{
    /// <summary>Runs modules one after the other, those within sequences in their place.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="input">The input of the first; it stays as it is.</param>
    /// <returns>The output of the last; a handle of the input's own where there is none.</returns>
    public static Tensor Run(IEnumerable<Module> modules, Tensor input)
    {
        var output = input.alias();
        foreach (var module in modules)
        {
            using var previous = output;
            output = module switch
            {
                TorchSharp.Modules.Sequential or NamedModules => Run(module.children(), previous),
                SqueezeExcitation squeeze => Excited(squeeze, previous),
                NormBase norm => BatchNormForward.Run(norm, previous),
                _ => Autocast.Run((Module<Tensor, Tensor>)module, previous),
            };
        }

        return output;
    }

    /// <summary>The layers within sequences, each in its place.</summary>
    public static IEnumerable<Module> Flatten(IEnumerable<Module> modules) =>
        modules.SelectMany(module => module is TorchSharp.Modules.Sequential or NamedModules ? Flatten(module.children()) : [module]);

    /// <summary>
    /// Squeeze and excitation (Hu et al. 2018, arXiv 1709.01507) in MobileNet v3's form: each channel times the hard sigmoid of what two
    /// pointwise convolutions, with a ReLU between them, make of the means.
    /// </summary>
    /// <remarks>The module of TorchVision 0.107 cuts the ReLU at 6; torchvision does not, and its weights are trained without.</remarks>
    private static Tensor Excited(SqueezeExcitation squeeze, Tensor input)
    {
        using var scope = NewDisposeScope();
        var parts = squeeze.named_children().ToDictionary(child => child.name, child => child.module, StringComparer.Ordinal);
        var squeezed = functional.adaptive_avg_pool2d(input, 1);
        var reduced = Autocast.Run((Module<Tensor, Tensor>)parts["fc1"], squeezed).relu_();
        var scale = functional.hardsigmoid(Autocast.Run((Module<Tensor, Tensor>)parts["fc2"], reduced));
        return input.mul(scale).MoveToOuterDisposeScope();
    }
}
