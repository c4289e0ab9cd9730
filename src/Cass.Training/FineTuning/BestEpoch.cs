namespace Cass.Training;

/// <summary>Which epoch's weights fine-tuning returns, where there are validation images.</summary>
public enum BestEpoch
{
    /// <summary>The one with the highest validation F1; of several with the same, the one with the lowest validation loss.</summary>
    F1ThenLoss,

    /// <summary>The one with the lowest validation loss, which does not depend on any threshold.</summary>
    Loss,

    /// <summary>The first one with the highest validation F1, as published.</summary>
    F1,
}
