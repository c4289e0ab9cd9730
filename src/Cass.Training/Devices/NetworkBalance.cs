using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Whether two networks can compute on threads of their own, and whether it pays.</summary>
internal static class NetworkBalance
{
    /// <summary>The larger one's share of both networks' multiply–accumulate operations up to which they compute at the same time: beside a larger one, the other's threads would wait (docs/threads.md).</summary>
    private const double LargestShare = 0.625;

    private static readonly string[] KnownAssemblies = ["TorchSharp", "Cass.Abstractions", "Cass.Models", "Cass.TorchVision", "Cass.Tensors"];

    /// <summary>Why two networks compute one after the other, as the end of a sentence; null where they may compute at the same time.</summary>
    /// <remarks>Passes images of zeros through the networks, of which nothing stays: neither in their buffers nor in the random numbers.</remarks>
    /// <param name="first">A network.</param>
    /// <param name="second">Another one.</param>
    /// <param name="ofFirst">Height and width of the first one's images.</param>
    /// <param name="ofSecond">Height and width of the second one's.</param>
    /// <param name="recomputes">Whether blocks are computed anew in the backward pass.</param>
    public static string? Problem(Backbone first, Backbone second, (int Height, int Width) ofFirst, (int Height, int Width) ofSecond, bool recomputes)
    {
        if (recomputes)
        {
            return "blocks that are computed anew take their random numbers from before";
        }

        foreach (var network in (Backbone[])[first, second])
        {
            if (network.modules().Prepend(network).FirstOrDefault(module => !KnownAssemblies.Contains(module.GetType().Assembly.GetName().Name, StringComparer.Ordinal)) is { } own)
            {
                return $"{network.ModelName} has layers of your own ({own.GetType().Name}), which may draw random numbers or share what they know";
            }
        }

        try
        {
            if ((DrawsRandomNumbers(first, ofFirst) ? first : DrawsRandomNumbers(second, ofSecond) ? second : null) is { } drawing)
            {
                return $"{drawing.ModelName} draws random numbers, which two threads would do in any order";
            }

            var (one, other) = (MultiplyAccumulates.Of(first, ofFirst).Total, MultiplyAccumulates.Of(second, ofSecond).Total);
            var share = Math.Max(one, other) / (one + other);
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
            var parameter = network.parameters().First();
            _ = network.forward(zeros([2, network.Configuration.InputChannels, size.Height, size.Width], parameter.dtype, parameter.device));
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
}
