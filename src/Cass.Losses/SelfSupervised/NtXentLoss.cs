using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of SimCLR, the normalised temperature-scaled cross-entropy: of the 2n − 1 other embeddings of a batch of n
/// images in two views, each is to pick the other view of its own image, by the cosine over the temperature.
/// </summary>
/// <remarks>
/// <para>The mean over all 2n embeddings: from near 0, where views of one image agree and those of different images point
/// apart, to log(2n − 1) where all embeddings are equal, and higher. Gradients reach both arguments. Half and bfloat16 are
/// computed, and returned, in float32. (The authors' code sums the means of the two views, which is twice this.)</para>
/// <para>Memory and work grow with the square of the batch.</para>
/// <para>Source: Chen, Kornblith, Norouzi and Hinton 2020, <em>A Simple Framework for Contrastive Learning of Visual
/// Representations</em> (arXiv 2002.05709), eq. 1 and algorithm 1.</para>
/// </remarks>
public sealed class NtXentLoss : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="temperature">
    /// What cosines are divided by, greater than 0; lower is sharper. Default 0.5, SimCLR's on CIFAR-10 (appendix B.9);
    /// 0.1 on ImageNet.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is out of its range.</exception>
    public NtXentLoss(double temperature = 0.5)
        : base(nameof(NtXentLoss))
    {
        LossArguments.RequireFinite(nameof(NtXentLoss), nameof(temperature), temperature, 0, inclusive: false);
        Temperature = temperature;
    }

    /// <summary>What cosines are divided by.</summary>
    public double Temperature { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Embeddings of one view: float [batch, dimensions], a batch of at least 2.</param>
    /// <param name="input2">Embeddings of the other view of the same images: the same shape, type and device.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireAlike(nameof(NtXentLoss), nameof(input1), input1, nameof(input2), input2, "[batch, dimensions]");
        LossArguments.RequireEmbeddings(nameof(NtXentLoss), nameof(input1), input1);
        using var scope = NewDisposeScope();
        var batch = input1.shape[0];
        var directions = Contrast.Directions(cat([input1, input2]).ToComputeType());
        var logits = directions.matmul(directions.t()).Over(Temperature);
        var itself = eye(2 * batch, dtype: ScalarType.Bool, device: directions.device);
        var others = logits.masked_fill(itself, KeptScalar.Of(double.NegativeInfinity));
        var partners = arange(KeptScalar.Of(0L), KeptScalar.Of(2 * batch), KeptScalar.One, ScalarType.Int64, directions.device).roll(batch);
        return functional.cross_entropy(others, partners).MoveToOuterDisposeScope();
    }
}
