using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What <see cref="NumericPrecision.Auto"/> becomes, and why.</summary>
/// <param name="Precision">The numbers to compute in.</param>
/// <param name="Reason">Why, as a part of a sentence.</param>
internal sealed record PrecisionChoice(NumericPrecision Precision, string Reason)
{
    /// <summary>How many times as long float32 has to take: less is within what measurements differ by.</summary>
    private const double LeastGain = 1.2;

    /// <summary>Networks smaller than this train in minutes, and gain nothing.</summary>
    private const long LeastWeights = 1_000_000;

    private static readonly ConcurrentDictionary<string, PrecisionChoice> Known = new(StringComparer.Ordinal);

    /// <summary>Decides for networks, by a measurement where nothing else does; the random numbers that follow are as if it had not been.</summary>
    /// <param name="networks">The networks, on the device.</param>
    /// <param name="computation">Where they are computed.</param>
    /// <param name="size">Height and width of the images.</param>
    /// <param name="batchSize">Images of a batch.</param>
    public static PrecisionChoice For(IReadOnlyCollection<Backbone> networks, Computation computation, (int Height, int Width) size, int batchSize)
    {
        if (!Bfloat16Support.MayHave(computation.Device))
        {
            return new(NumericPrecision.Float32, "the processor has no instructions for bfloat16");
        }

        if (networks.Sum(WeightsOf) < LeastWeights)
        {
            return new(NumericPrecision.Float32, "the networks are small");
        }

        if (networks.Any(network => network.Factory is null))
        {
            return new(NumericPrecision.Float32, "a network without a Factory cannot be copied to measure it");
        }

        var batch = StepTimes.ImagesOf(batchSize, size);
        var key = $"{computation.Device} {get_num_threads()} {size} {batch} {string.Join(' ', networks.Select(network => $"{network.ModelName}:{WeightsOf(network)}"))}";
        try
        {
            return Known.GetOrAdd(key, _ =>
            {
                var (single, half) = StepTimes.Measure(networks, computation, size, batch);
                return By(single, half, batch);
            });
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Networks are anyone's, and training may well succeed: in less memory, or with images of another size.
            return new(NumericPrecision.Float32, $"the networks could not be measured: {error.Message}");
        }
    }

    private static long WeightsOf(Backbone network) => network.parameters().Sum(weight => weight.numel());

    /// <summary>Decides by the times of passes.</summary>
    /// <param name="single">In float32.</param>
    /// <param name="half">In bfloat16.</param>
    /// <param name="images">Images of the passes.</param>
    public static PrecisionChoice By(TimeSpan single, TimeSpan half, int images)
    {
        var isFaster = single >= half * LeastGain;
        return new(
            isFaster ? NumericPrecision.BFloat16 : NumericPrecision.Float32,
            FormattableString.Invariant($"passes of {images} images of noise took {single.TotalMilliseconds:0.#} ms in float32 and {half.TotalMilliseconds:0.#} ms in bfloat16{(isFaster ? string.Empty : $", and less than {LeastGain} times is no gain")}"));
    }
}
