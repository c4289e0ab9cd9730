using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of MoCo v3, InfoNCE: of all keys of a batch, each query is to pick that of its own image, by the cosine over
/// the temperature. No gradient reaches the keys.
/// </summary>
/// <remarks>
/// <para>From near 0, where each query points to its own key and away from the others, to log(batch) where all cosines are
/// equal, and higher. MoCo v3 adds both directions, times twice the temperature. Half and bfloat16 are computed, and
/// returned, in float32.</para>
/// <para>Memory and work grow with the square of the batch.</para>
/// <para>Source: van den Oord et al. 2018 (arXiv 1807.03748), as Chen, Xie and He 2021, <em>An Empirical Study of Training
/// Self-Supervised Vision Transformers</em> (arXiv 2104.02057), eq. 1 and algorithm 1, compute it.</para>
/// </remarks>
public sealed class InfoNceLoss : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="temperature">What cosines are divided by, greater than 0; lower is sharper. Default 0.2, MoCo v3's of vision transformers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is out of its range.</exception>
    public InfoNceLoss(double temperature = 0.2)
        : base(nameof(InfoNceLoss))
    {
        LossArguments.RequireFinite(nameof(InfoNceLoss), nameof(temperature), temperature, 0, inclusive: false);
        Temperature = temperature;
    }

    /// <summary>What cosines are divided by.</summary>
    public double Temperature { get; }

    /// <summary>Computes the loss in one direction.</summary>
    /// <param name="input1">Queries: float [batch, dimensions], a batch of at least 2.</param>
    /// <param name="input2">Keys, row i of the same image as query i: the same shape, type and device.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireAlike(nameof(InfoNceLoss), nameof(input1), input1, nameof(input2), input2, "[batch, dimensions]");
        LossArguments.RequireEmbeddings(nameof(InfoNceLoss), nameof(input1), input1);
        using var scope = NewDisposeScope();
        var queries = Contrast.Directions(input1.ToComputeType());
        var keys = Contrast.Directions(input2.detach().ToComputeType());
        var logits = queries.matmul(keys.t()).Over(Temperature);
        var own = arange(KeptScalar.Of(0L), KeptScalar.Of(input1.shape[0]), KeptScalar.One, ScalarType.Int64, queries.device);
        return functional.cross_entropy(logits, own).MoveToOuterDisposeScope();
    }
}
