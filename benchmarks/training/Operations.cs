using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Counts the floating-point operations of a network's convolutions and linear layers in a forward pass; attention and norms are not counted.</summary>
internal static class Operations
{
    /// <returns>
    /// Operations of one image in a step (a multiplication and an addition are two), and the network's parameters. The backward
    /// pass computes two products for each of the forward pass, but for the first layer, whose images need no gradient.
    /// </returns>
    public static (double Step, long Parameters) Of(string name, int size)
    {
        using var scope = NewDisposeScope();
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
        var (operations, ofFirst) = (0.0, 0.0);
        foreach (var module in network.modules())
        {
            switch (module)
            {
                case Conv2d convolution:
                    convolution.register_forward_hook((_, _, output) => Count(output, convolution.weight.numel() / convolution.weight.size(0)));
                    break;
                case Linear linear:
                    linear.register_forward_hook((_, _, output) => Count(output, linear.weight.size(1)));
                    break;
            }
        }

        using var guard = no_grad();
        network.eval();
        network.forward(zeros(1, 3, size, size));
        return ((3 * operations) - ofFirst, network.parameters().Sum(p => p.numel()));

        Tensor Count(Tensor output, long inputs)
        {
            var own = 2.0 * output.numel() * inputs;
            ofFirst = operations == 0 ? own : ofFirst;
            operations += own;
            return output;
        }
    }
}
