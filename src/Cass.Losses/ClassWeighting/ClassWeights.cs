using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Losses;

/// <summary>Weights for the classes of an unbalanced dataset, from how often each class occurs.</summary>
public static class ClassWeights
{
    internal const string BufferName = "class_weights";

    /// <summary>
    /// The published weights of CASS: the counts themselves, scaled linearly so that the rarest class gets
    /// <paramref name="lowest"/> and the most frequent <paramref name="highest"/>.
    /// </summary>
    /// <remarks>
    /// Frequent classes get <em>more</em> weight, which is the opposite of what weights are for; only a reproduction of
    /// the published figures needs it. Where all counts are equal, all weights are <paramref name="highest"/>.
    /// </remarks>
    /// <param name="counts">Number of training samples of each class, at least 0.</param>
    /// <param name="lowest">Weight of the rarest class, at least 0. Default 0.2.</param>
    /// <param name="highest">Weight of the most frequent class, at least <paramref name="lowest"/>. Default 1.</param>
    /// <returns>One weight a class, in the order of the counts.</returns>
    public static IReadOnlyList<double> MinMaxScaledCounts(IReadOnlyList<int> counts, double lowest = 0.2, double highest = 1)
    {
        RequireCounts(counts, minimum: 0);
        LossArguments.RequireFinite(nameof(ClassWeights), nameof(lowest), lowest, 0);
        LossArguments.RequireFinite(nameof(ClassWeights), nameof(highest), highest, lowest);
        double least = counts.Min();
        double most = counts.Max();
        return [.. counts.Select(count => most == least ? highest : lowest + ((highest - lowest) * (count - least) / (most - least)))];
    }

    /// <summary>
    /// n / (classes · count) for each class: rare classes count for more, and the weighted number of samples stays n.
    /// scikit-learn calls it <c>balanced</c> (King and Zeng 2001).
    /// </summary>
    /// <param name="counts">Number of training samples of each class, at least 1.</param>
    /// <returns>One weight a class, in the order of the counts.</returns>
    /// <exception cref="CassInputException">A class has no sample.</exception>
    public static IReadOnlyList<double> InverseFrequency(IReadOnlyList<int> counts)
    {
        RequireCounts(counts, minimum: 1);
        var total = counts.Sum(count => (double)count);
        return [.. counts.Select(count => total / (counts.Count * (double)count))];
    }

    /// <summary>
    /// (1 − β) / (1 − β^count) for each class, scaled to a mean of 1: the effective number of samples of
    /// Cui et al. 2019 (arXiv 1901.05555), eq. 2. β = 0 weighs all classes alike; β towards 1 approaches the inverse frequency.
    /// </summary>
    /// <param name="counts">Number of training samples of each class, at least 1.</param>
    /// <param name="beta">β in [0, 1). Default 0.999.</param>
    /// <returns>One weight a class, in the order of the counts.</returns>
    /// <exception cref="CassInputException">A class has no sample.</exception>
    public static IReadOnlyList<double> EffectiveNumber(IReadOnlyList<int> counts, double beta = 0.999)
    {
        RequireCounts(counts, minimum: 1);
        LossArguments.RequireShare(nameof(ClassWeights), nameof(beta), beta, oneAllowed: false);
        double[] weights = [.. counts.Select(count => (1 - beta) / (1 - Math.Pow(beta, count)))];
        var mean = weights.Average();
        return [.. weights.Select(weight => weight / mean)];
    }

    internal static Tensor ToBuffer(string loss, IReadOnlyList<double> weights)
    {
        if (weights.Count == 0)
        {
            throw new ArgumentException($"{loss}: the class weights are empty; give one a class, or null.", nameof(weights));
        }

        for (var i = 0; i < weights.Count; i++)
        {
            if (!double.IsFinite(weights[i]) || weights[i] < 0)
            {
                throw new ArgumentException($"{loss}: the weight of class {i} is {weights[i]}; weights must be finite and at least 0.", nameof(weights));
            }
        }

        if (weights.All(weight => weight == 0))
        {
            throw new ArgumentException($"{loss}: all {weights.Count} class weights are 0; nothing would be learned.", nameof(weights));
        }

        // In double precision, so that a float64 network sees the weights as they were given; they are cast where they are used.
        return tensor([.. weights], ScalarType.Float64).DetachFromDisposeScope();
    }

    internal static void RequireFit(string loss, Tensor? weights, Tensor logits)
    {
        if (weights is null)
        {
            return;
        }

        if (weights.shape[0] != logits.shape[^1])
        {
            throw new ArgumentException(
                $"{loss}: there are {weights.shape[0]} class weights {LossArguments.ShapeOf(weights)} for logits {LossArguments.ShapeOf(logits)}; it must be one for each of the {logits.shape[^1]} classes.",
                nameof(logits));
        }

        if (weights.device_type != logits.device_type || weights.device_index != logits.device_index)
        {
            throw new ArgumentException($"{loss}: the class weights are on {weights.device} and the logits on {logits.device}; move the loss there with to(device).", nameof(logits));
        }
    }

    private static void RequireCounts(IReadOnlyList<int> counts, int minimum)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count == 0)
        {
            throw new ArgumentException("There are no class counts; give one a class.", nameof(counts));
        }

        for (var i = 0; i < counts.Count; i++)
        {
            if (counts[i] < minimum)
            {
                throw new CassInputException($"Class {i} has {counts[i]} training samples; class weights need at least {minimum}.");
            }
        }
    }
}
