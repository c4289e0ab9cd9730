using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>Turns scores into predicted labels on their device, without waiting for it.</summary>
internal sealed class LabelDecision(DecisionRule rule, DecisionThresholds thresholds, ScoreKind kind) : IDisposable
{
    private Tensor? cached;

    /// <summary>Bool [batch, classes] from float32 or float64 scores, within the caller's dispose scope.</summary>
    public Tensor Predict(Tensor scores)
    {
        if (rule == DecisionRule.Argmax)
        {
            return Labels.OneHot(scores.argmax(1), scores.shape[1]);
        }

        var comparable = kind == ScoreKind.SoftmaxLogits ? scores.softmax(1) : scores;
        return thresholds.IsUniform
            ? comparable.gt(KeptScalar.Of(Comparable(thresholds[0], scores.dtype)))
            : comparable.gt(PerClass(scores));
    }

    public void Dispose()
    {
        cached?.Dispose();
        cached = null;
    }

    private Tensor PerClass(Tensor scores)
    {
        if (cached is null || cached.dtype != scores.dtype || cached.device != scores.device)
        {
            cached?.Dispose();
            using var onHost = tensor([.. thresholds.Values.Select(value => Comparable(value, scores.dtype))], ScalarType.Float64);
            cached = onHost.to(scores.dtype, scores.device).DetachFromDisposeScope();
        }

        return cached;
    }

    /// <summary>
    /// The threshold on the scale of the scores. For float32 scores it is rounded down to float32: a score exceeds the
    /// one exactly where it exceeds the other, which rounding to nearest does not give.
    /// </summary>
    private double Comparable(double threshold, ScalarType type)
    {
        var exact = kind == ScoreKind.Logits ? Math.Log(threshold) - Math.Log(1 - threshold) : threshold;
        if (type == ScalarType.Float64)
        {
            return exact;
        }

        var nearest = (float)exact;
        return nearest > exact ? MathF.BitDecrement(nearest) : nearest;
    }
}
