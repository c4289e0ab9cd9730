using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Global pooling of a feature map [batch, features, height, width] to [batch, features].</summary>
internal static class GlobalPool
{
    private static readonly long[] Spatial = [2, 3];

    /// <summary>How many times as long as the feature map's channels the pooled vector is.</summary>
    public static int Multiplier(GlobalPooling pooling) => pooling == GlobalPooling.ConcatenatedAverageMaximum ? 2 : 1;

    /// <summary>The pooling of an option, checked against what a convolutional network can do.</summary>
    /// <exception cref="CassInputException">It asks for a class token.</exception>
    public static GlobalPooling ForConvolutional(GlobalPooling? pooling, string modelName) => pooling switch
    {
        null => GlobalPooling.Average,
        GlobalPooling.Token => throw new CassInputException(
            $"BackboneOptions.GlobalPooling is Token, but '{modelName}' has no class token; use Average, Maximum, AverageMaximum or ConcatenatedAverageMaximum."),
        { } value => value,
    };

    /// <summary>Pools.</summary>
    public static Tensor Apply(Tensor features, GlobalPooling pooling)
    {
        switch (pooling)
        {
            case GlobalPooling.Average:
                return features.mean(Spatial);
            case GlobalPooling.Maximum:
                return features.amax(Spatial);
            case GlobalPooling.AverageMaximum:
                {
                    using var maximum = features.amax(Spatial);
                    return features.mean(Spatial).PlusInPlace(maximum).mul_(KeptScalar.Of(0.5));
                }

            case GlobalPooling.ConcatenatedAverageMaximum:
                {
                    using var mean = features.mean(Spatial);
                    using var maximum = features.amax(Spatial);
                    return cat([mean, maximum], 1);
                }

            default:
                throw new ArgumentOutOfRangeException(nameof(pooling), pooling, message: null);
        }
    }
}
