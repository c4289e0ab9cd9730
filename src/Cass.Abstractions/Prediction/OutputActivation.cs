namespace Cass;

/// <summary>How a classifier makes probabilities of the outputs (logits) of its network, and labels of the probabilities.</summary>
public enum OutputActivation
{
    /// <summary>
    /// The sigmoid of each output: the labels of an image do not exclude one another, and their probabilities need not add up to 1. Those
    /// above their thresholds are predicted, none or several. What networks that were fine-tuned with
    /// the multi-label focal loss have.
    /// </summary>
    Sigmoid,

    /// <summary>
    /// The softmax of all outputs: every image has one label, and the probabilities add up to 1. The most probable is predicted,
    /// whatever its probability. What networks that were fine-tuned with the softmax focal loss or
    /// cross-entropy have.
    /// </summary>
    Softmax,
}
