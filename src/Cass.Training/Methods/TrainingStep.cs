namespace Cass.Training;

/// <summary>The place of a step in a run of pretraining.</summary>
public readonly record struct TrainingStep
{
    /// <summary>Steps that were taken before it, from 0.</summary>
    public required long Step { get; init; }

    /// <summary>Steps of the whole run, at least 1.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>The epoch that it belongs to, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the whole run, at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>The run's learning rate at this step, by its schedule.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The highest learning rate of the run.</summary>
    public required double PeakLearningRate { get; init; }
}
