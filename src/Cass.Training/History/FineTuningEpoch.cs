namespace Cass.Training;

/// <summary>
/// One epoch of fine-tuning. Under a <see cref="FineTuningOptions.Loss"/> on a softmax, the most probable class takes the place of the labels
/// above the threshold. In distillation, the truth of a training image without a label is what the teacher predicts.
/// </summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">Mean training loss over its images.</param>
/// <param name="F1">Micro F1 of the labels above the threshold, on the training images as they were seen, during the epoch.</param>
/// <param name="Recall">Micro recall of the same.</param>
/// <param name="ValidationLoss">Mean loss over the validation images; null where there are none.</param>
/// <param name="ValidationF1">Micro F1 of the labels above the threshold, on the validation images; null where there are none.</param>
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
    double GradientNorm)
{
    /// <summary>The model's name of the network that was trained; empty in histories of checkpoints that were written before it was kept.</summary>
    public string Network { get; init; } = string.Empty;

    /// <summary>
    /// Share of the training images, as they were seen, whose most probable class is theirs. It needs no probability above a
    /// threshold, and so says something from the first epoch on; with mixup and CutMix the class with the larger share counts. Null
    /// where not every image has exactly one label.
    /// </summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean of the classes' F1 where the most probable class is the one predicted, on the same images; null in the same case.</summary>
    public double? ArgmaxMacroF1 { get; init; }

    /// <summary>As <see cref="Accuracy"/>, on the validation images; null, too, where there are none.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>As <see cref="ArgmaxMacroF1"/>, on the validation images; null, too, where there are none.</summary>
    public double? ValidationArgmaxMacroF1 { get; init; }

    /// <summary>What the caller's own metrics gave on the validation images, by name, and <c>AUROC</c> with <see cref="BestEpoch.Auroc"/>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, double> ValidationMetrics { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);
}
