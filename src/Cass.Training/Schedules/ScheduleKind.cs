namespace Cass.Training;

/// <summary>The shape of the learning rate over a run.</summary>
public enum ScheduleKind
{
    /// <summary>A linear rise, then one cosine over the rest of the run.</summary>
    WarmupCosine,

    /// <summary>
    /// As published: a cosine that falls for <c>TMax</c> batches and rises for the next <c>TMax</c>, over and over.
    /// </summary>
    CosineAnnealing,

    /// <summary>The same in closed form, which differs by rounding alone.</summary>
    ClosedFormCosineAnnealing,

    /// <summary>A cosine that falls for <c>TMax</c> batches and starts anew, each time <c>RestartFactor</c> times as long (SGDR).</summary>
    CosineWarmRestarts,

    /// <summary>The same rate throughout.</summary>
    Constant,
}
