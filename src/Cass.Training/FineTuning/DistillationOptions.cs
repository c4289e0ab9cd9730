using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of what <see cref="CassTrainer.Distill(Backbone, ImageClassifier, Cass.Data.ImageDataset, Cass.Data.ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/>
/// adds to fine-tuning: knowledge distillation (Hinton, Vinyals and Dean 2015, arXiv 1503.02531). The defaults are those of its
/// experiments on speech.
/// </summary>
public sealed class DistillationOptions
{
    /// <summary>
    /// Temperature that the outputs of teacher and student are divided by before they become probabilities; the higher, the more the
    /// teacher's small probabilities count. Default 2; 1 takes the probabilities as they are, 4 is usual too.
    /// </summary>
    [Range(0.01, 1000.0)]
    public double Temperature { get; set; } = 2;

    /// <summary>
    /// Weight of the teacher's outputs in the loss of an image with a label, whose own loss has the rest: (1 − weight)·loss +
    /// weight·distillation loss. Of an image without a label the teacher's outputs alone count. Default 0.5; 1 ignores all labels.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Weight { get; set; } = 0.5;
}
