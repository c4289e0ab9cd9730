using System.Runtime.InteropServices;
using Cass.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Whether two networks can, and are worth to, compute on threads of their own.</summary>
internal static class NetworkBalance
{
    /// <summary>The larger one's share of both networks' multiplications up to which it pays: of a larger one, the other's threads would wait for most of the time (docs/performance.md).</summary>
    private const double LargestShare = 0.625;

    private static readonly string[] KnownAssemblies = ["TorchSharp", "Cass.Abstractions", "Cass.Models", "Cass.TorchVision", "Cass.Tensors"];

    /// <summary>Why two networks compute one after the other, as the end of a sentence; null where they may compute at the same time.</summary>
    /// <remarks>Passes images of zeros through the networks, of which nothing stays: neither in their buffers nor in the random numbers.</remarks>
    public static string? Problem(Backbone first, Backbone second, (int Height, int Width) size)
    {
        foreach (var network in (Backbone[])[first, second])
        {
            if (network.modules().Prepend(network).FirstOrDefault(module => !KnownAssemblies.Contains(module.GetType().Assembly.GetName().Name, StringComparer.Ordinal)) is { } own)
            {
                return $"{network.ModelName} has layers of your own ({own.GetType().Name}), which may draw random numbers or share what they know";
            }
        }

        try
        {
            if ((DrawsRandomNumbers(first, size) ? first : DrawsRandomNumbers(second, size) ? second : null) is { } drawing)
            {
                return $"{drawing.ModelName} draws random numbers, which two threads would do in any order";
            }

            var (ofFirst, ofSecond) = (Multiplications(first, size), Multiplications(second, size));
            var share = Math.Max(ofFirst, ofSecond) / (ofFirst + ofSecond);
            return share <= LargestShare ? null : FormattableString.Invariant($"one of them has {100 * share:0} % of the multiplications, and the other's threads would wait");
        }
        catch (Exception exception) when (exception is CassInputException or ExternalException)
        {
            return $"they could not be tried: {exception.Message.Split('\n')[0]}";
        }
    }

    private static bool DrawsRandomNumbers(Backbone network, (int Height, int Width) size)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (state, buffers) = (random.get_rng_state(), network.buffers().Select(buffer => (buffer, buffer.clone())).ToList());
        try
        {
            network.train();

            // Two images, since batch norms need more than one.
            Pass(network, size, images: 2);
            return !state.data<byte>().SequenceEqual(random.get_rng_state().data<byte>());
        }
        finally
        {
            random.set_rng_state(state);
            foreach (var (buffer, before) in buffers)
            {
                buffer.copy_(before);
            }
        }
    }

    /// <summary>Multiplications of convolutions and linear layers for one image.</summary>
    internal static double Multiplications(Backbone network, (int Height, int Width) size)
    {
        var count = 0.0;
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

            network.eval();
            Pass(network, size, images: 1);
            return count;
        }
        finally
        {
            removals.ForEach(remove => remove());
            network.train();
        }

        Tensor Count(Tensor output, long inputs)
        {
            count += (double)output.numel() * inputs;
            return output;
        }
    }

    private static void Pass(Backbone network, (int Height, int Width) size, int images)
    {
        var parameter = network.parameters().First();
        _ = network.forward(zeros([images, network.Configuration.InputChannels, size.Height, size.Width], parameter.dtype, parameter.device));
    }
}
