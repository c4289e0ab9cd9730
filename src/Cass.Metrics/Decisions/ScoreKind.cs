namespace Cass.Metrics;

/// <summary>What the scores that a metric is given mean.</summary>
public enum ScoreKind
{
    /// <summary>Probabilities in [0, 1]. The default.</summary>
    Probabilities,

    /// <summary>Logits of independent labels: the probability is the sigmoid.</summary>
    Logits,

    /// <summary>Logits of classes that exclude one another: the probabilities are the softmax.</summary>
    SoftmaxLogits,
}
