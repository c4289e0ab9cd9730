namespace Cass.Training;

/// <summary>What early stopping takes for a validation that brings nothing.</summary>
public enum EarlyStoppingRule
{
    /// <summary>One that is not better than the best so far by <see cref="FineTuningOptions.BestEpoch"/>: patience counts from the epoch whose weights are returned.</summary>
    BestEpoch = 2,

    /// <summary>One whose loss is not below the lowest so far: patience counts from the lowest loss, whatever chooses the epoch.</summary>
    BestLoss = 0,

    /// <summary>
    /// One whose loss is above that of the validation before, as published: a small fall after a large rise starts the
    /// count anew. The validation that ends the run is then no candidate for the best epoch.
    /// </summary>
    FallingLoss = 1,
}
