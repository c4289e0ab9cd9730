using Cass.Data;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>A change that is made with a probability.</summary>
public abstract class RandomOperation : ITensorTransform
{
    private protected RandomOperation(double probability, string name) =>
        Probability = TorchVisionArguments.Require(probability, 0, 1, $"probability of {name}");

    /// <summary>Probability of a change.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.NextDouble() < Probability ? Change : image => image;
    }

    private protected abstract Tensor Change(Tensor image);
}
