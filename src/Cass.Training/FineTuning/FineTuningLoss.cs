using Cass.Losses;

namespace Cass.Training;

/// <summary>What fine-tuning minimises, and with it how the outputs of the network become probabilities.</summary>
public enum FineTuningLoss
{
    /// <summary>
    /// The focal loss on sigmoid outputs (<see cref="FocalLoss"/>), as published: every label is decided on its own, so that an image may
    /// have any number of them. With a <see cref="FineTuningOptions.FocalGamma"/> of 0 it is binary cross-entropy.
    /// </summary>
    Focal,

    /// <summary>The focal loss on softmax outputs (<see cref="SoftmaxFocalLoss"/>): for images with exactly one label each.</summary>
    SoftmaxFocal,

    /// <summary>Cross-entropy on softmax outputs, the usual loss of classification: for images with exactly one label each.</summary>
    CrossEntropy,
}
