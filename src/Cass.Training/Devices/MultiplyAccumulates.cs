using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Multiply–accumulate operations (MACs) of convolutions and linear layers in a network's forward pass of one image; attention and norms are not counted.</summary>
/// <param name="Total">Of all layers.</param>
/// <param name="OfFirstLayer">Of the first layer, whose images need no gradient.</param>
internal readonly record struct MultiplyAccumulates(double Total, double OfFirstLayer)
{
    /// <summary>Passes an image of zeros through the network, which is in training mode afterwards.</summary>
    /// <param name="network">The network.</param>
    /// <param name="size">Height and width of the image in pixels.</param>
    public static MultiplyAccumulates Of(Backbone network, (int Height, int Width) size)
    {
        try
        {
            network.eval();
            return Of(network, size, images: 1);
        }
        finally
        {
            network.train();
        }
    }

    /// <summary>Passes images of zeros through the network as it is, without gradient. Batch norms take notice of them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="size">Height and width of the images in pixels.</param>
    /// <param name="images">The number of images.</param>
    public static MultiplyAccumulates Of(Backbone network, (int Height, int Width) size, int images)
    {
        var (total, ofFirst) = (0.0, 0.0);
        var removals = new List<Action>();
        try
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            foreach (var module in network.modules())
            {
                switch (module)
                {
                    case Conv2d convolution:
                        removals.Add(convolution.register_forward_hook((_, _, output) => Count(output, convolution.weight.numel() / convolution.weight.size(0))).remove);
                        break;
                    case Linear linear:
                        removals.Add(linear.register_forward_hook((_, _, output) => Count(output, linear.weight.size(1))).remove);
                        break;
                }
            }

            var parameter = network.parameters().First();
            _ = network.forward(zeros([images, network.Configuration.InputChannels, size.Height, size.Width], parameter.dtype, parameter.device));
            return new MultiplyAccumulates(total, ofFirst);
        }
        finally
        {
            removals.ForEach(remove => remove());
        }

        Tensor Count(Tensor output, long inputs)
        {
            var own = (double)output.numel() * inputs / images;
            ofFirst = total == 0 ? own : ofFirst;
            total += own;
            return output;
        }
    }
}
