namespace Cass.Training;

/// <summary>One epoch of fine-tuning.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">Mean training loss over its images.</param>
/// <param name="F1">Micro F1 of the training images as they were seen, during the epoch.</param>
/// <param name="Recall">Micro recall of the same.</param>
/// <param name="ValidationLoss">Mean loss over the validation images; null where there are none.</param>
/// <param name="ValidationF1">Micro F1 on the validation images; null where there are none.</param>
/// <param name="LearningRate">Learning rate of its last step.</param>
/// <param name="ImagesPerSecond">Images per second of its training part.</param>
/// <param name="Duration">How long it took, validation included.</param>
/// <param name="DataWait">Share of its training part's time that was spent waiting for images, in [0, 1].</param>
/// <param name="GradientNorm">Euclidean norm of the gradients at its last step, before clipping.</param>
public sealed record FineTuningEpoch(
    int Epoch,
    double Loss,
    double F1,
    double Recall,
    double? ValidationLoss,
    double? ValidationF1,
    double LearningRate,
    double ImagesPerSecond,
    TimeSpan Duration,
    double DataWait,
    double GradientNorm);
