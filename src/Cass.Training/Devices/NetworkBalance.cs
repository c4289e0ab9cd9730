using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Whether two networks can compute on threads of their own, and whether it pays.</summary>
internal static class NetworkBalance
{
    /// <summary>The larger one's share of both networks' multiply–accumulate operations up to which they compute at the same time: beside a larger one, the other's threads would wait (docs/threads.md).</summary>
    private const double LargestShare = 0.625;

    /// <summary>The same for batches of few operations, which two threads hardly compute faster than one.</summary>
    private const double LargestShareOfSmallBatches = 0.75;

    /// <summary>Operations of a batch in both networks up to which it is small: 16 images of 64×64 are 4 billion for ResNet-18 and ViT-Tiny.</summary>
    private const double SmallBatch = 8e9;

    private static readonly string[] KnownAssemblies = ["TorchSharp", "Cass.Abstractions", "Cass.Models", "Cass.TorchVision", "Cass.Tensors"];

    /// <summary>Why two networks compute one after the other, as the end of a sentence; null where they may compute at the same time.</summary>
    /// <remarks>Passes images of zeros through the networks, of which nothing stays: neither in their buffers nor in the random numbers.</remarks>
    /// <param name="first">A network.</param>
    /// <param name="second">Another one.</param>
    /// <param name="ofFirst">Height and width of the first one's images.</param>
    /// <param name="ofSecond">Height and width of the second one's.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="recomputes">Whether blocks are computed anew in the backward pass.</param>
    public static string? Problem(Backbone first, Backbone second, (int Height, int Width) ofFirst, (int Height, int Width) ofSecond, int batchSize, bool recomputes)
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
            var (one, other) = (Try(first, ofFirst), Try(second, ofSecond));
            if ((one.DrawsRandomNumbers ? first : other.DrawsRandomNumbers ? second : null) is { } drawing)
            {
                return $"{drawing.ModelName} draws random numbers, which two threads would do in any order";
            }

            var both = one.Operations + other.Operations;
            var share = Math.Max(one.Operations, other.Operations) / both;
            return share <= (both * batchSize <= SmallBatch ? LargestShareOfSmallBatches : LargestShare) ? null : FormattableString.Invariant($"one of them has {100 * share:0} % of the multiplications, and the other's threads would wait");
        }
        catch (Exception exception) when (exception is CassInputException or ExternalException)
        {
            return $"they could not be tried: {exception.Message.Split('\n')[0]}";
        }
    }

    /// <summary>What one pass in training mode tells.</summary>
    private static (bool DrawsRandomNumbers, double Operations) Try(Backbone network, (int Height, int Width) size)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (state, buffers) = (random.get_rng_state(), network.buffers().Select(buffer => (buffer, buffer.clone())).ToList());
        try
        {
            network.train();

            // Two images, since batch norms need more than one.
            var counted = MultiplyAccumulates.Of(network, size, images: 2);
            return (!state.data<byte>().SequenceEqual(random.get_rng_state().data<byte>()), counted.Total);
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
