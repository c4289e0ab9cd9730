using static TorchSharp.torch;

namespace Cass.Metrics;

internal static class Probabilities
{
    /// <summary>Scores as probabilities, within the caller's dispose scope.</summary>
    public static Tensor From(Tensor scores, ScoreKind kind) => kind switch
    {
        ScoreKind.Probabilities => scores,
        ScoreKind.Logits => scores.sigmoid(),
        ScoreKind.SoftmaxLogits => scores.softmax(1),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, $"'{kind}' is not a score kind."),
    };
}
