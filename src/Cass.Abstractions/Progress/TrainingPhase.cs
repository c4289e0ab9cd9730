namespace Cass;

/// <summary>What a trainer is doing.</summary>
public enum TrainingPhase
{
    /// <summary>Training both networks on unlabelled images.</summary>
    Pretraining,

    /// <summary>Training one network on labelled images.</summary>
    FineTuning,

    /// <summary>Scoring one network on labelled images.</summary>
    Evaluation,

    /// <summary>Working out how sure the scores of an evaluation are; batches are hundredths of it.</summary>
    Intervals,
}
