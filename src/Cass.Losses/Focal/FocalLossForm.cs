namespace Cass.Losses;

/// <summary>How <see cref="FocalLoss"/> takes the logarithm of a probability.</summary>
public enum FocalLossForm
{
    /// <summary>
    /// Through the log-sigmoid of the logit. Accurate and with a correct, finite gradient for logits of any size.
    /// The default.
    /// </summary>
    Stable,

    /// <summary>
    /// As published: log(σ(z) + ε) and log(1 − σ(z) + ε). In float32 the sigmoid is exactly 1 from a logit of about 17
    /// on; there the loss is stuck at −log ε and its gradient vanishes. For the reproduction of published figures.
    /// </summary>
    Published,
}
