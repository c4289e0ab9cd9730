namespace Cass.Training;

/// <summary>How much of a network fine-tuning trains. The classifier always is.</summary>
public enum FineTuningScope
{
    /// <summary>The whole network, as published.</summary>
    Full,

    /// <summary>The last stages of it: as many as <see cref="FineTuningOptions.TrainedStages"/> says.</summary>
    LastStages,

    /// <summary>The classifier alone, on features that stay as they are: a linear probe.</summary>
    LinearProbe,
}
