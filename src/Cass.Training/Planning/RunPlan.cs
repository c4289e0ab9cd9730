using Cass.Data;

namespace Cass.Training;

/// <summary>The images of a run, for <see cref="CassTrainer.CheckPlan"/> to look at before the first step; what a run does without is null.</summary>
public sealed record RunPlan
{
    /// <summary>What both networks are pretrained on; null for no pretraining.</summary>
    public IReadOnlyList<IImageSource>? Unlabeled { get; init; }

    /// <summary>What networks are fine-tuned on, of which <see cref="FineTuningOptions.LabelFraction"/> is used; null for no fine-tuning.</summary>
    public ImageDataset? Train { get; init; }

    /// <summary>What the best epoch of fine-tuning is chosen by; null for none.</summary>
    public ImageDataset? Validation { get; init; }

    /// <summary>What the fine-tuned networks are scored on; null for none.</summary>
    public ImageDataset? Test { get; init; }

    /// <summary>The networks that are fine-tuned; null for both of the trainer.</summary>
    public IReadOnlyList<Backbone>? Networks { get; init; }
}
