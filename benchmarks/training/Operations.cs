using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Counts the floating-point operations of a network's convolutions and linear layers in a forward pass; attention and norms are not counted.</summary>
internal static class Operations
{
    /// <returns>Operations of one image (a multiplication and an addition are two), and the network's parameters.</returns>
    public static (double Forward, long Parameters) Of(string name, int size)
    {
        using var scope = NewDisposeScope();
        using var network = BackboneRegistry.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
        var operations = 0.0;
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
        return (operations, network.parameters().Sum(p => p.numel()));

        Tensor Count(Tensor output, long inputs)
        {
            operations += 2.0 * output.numel() * inputs;
            return output;
        }
    }
}
