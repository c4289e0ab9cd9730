using Cass.Models;

namespace Cass.Training.Benchmarks;

/// <summary>The floating-point operations of a network's convolutions and linear layers in a step; attention and norms are not counted.</summary>
internal static class Operations
{
    /// <returns>
    /// Operations of one image in a step (a multiplication and an addition are two), and the network's parameters. The backward
    /// pass computes two products for each of the forward pass, but for the first layer, whose images need no gradient.
    /// </returns>
    public static (double Step, long Parameters) Of(string name, int size)
    {
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
        var counted = MultiplyAccumulates.Of(network, (size, size));
        return (2 * ((3 * counted.Total) - counted.OfFirstLayer), network.parameters().Sum(p => p.numel()));
    }
}
