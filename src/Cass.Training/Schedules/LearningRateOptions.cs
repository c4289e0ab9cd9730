using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>The learning rate and how it changes over a run.</summary>
public sealed class LearningRateOptions : IRelatedSettings
{
    /// <summary>
    /// The highest rate. Default 1e-3 in pretraining, as published. Null is the rate that suits the network, and the default
    /// in fine-tuning: 3e-4, as published, for a transformer; 1e-3 for a CNN whose weights were trained before
    /// (<see cref="WeightOrigin.Trained"/>), 2e-3 for any other CNN. The log says which it was and why.
    /// </summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double? Rate { get; set; } = 1e-3;

    /// <summary>The shape. Default <see cref="ScheduleKind.WarmupCosine"/>.</summary>
    public ScheduleKind Schedule { get; set; } = ScheduleKind.WarmupCosine;

    /// <summary>Share of the run in which the rate rises from zero. Default 0.1. Of <see cref="ScheduleKind.WarmupCosine"/> only.</summary>
    [Range(0.0, 0.9)]
    public double WarmupFraction { get; set; } = 0.1;

    /// <summary>The lowest rate η_min. Default 1e-6, as published.</summary>
    [Range(0.0, 10.0)]
    public double EtaMin { get; set; } = 1e-6;

    /// <summary>Batches from the highest rate to the lowest. Default 16, as published. Of the cosine schedules without warm-up only.</summary>
    [Range(1, 1_000_000)]
    public int TMax { get; set; } = 16;

    /// <summary>
    /// How many times as long each fall is as the one before. Default 1. Of <see cref="ScheduleKind.CosineWarmRestarts"/> only.
    /// </summary>
    [Range(1, 100)]
    public int RestartFactor { get; set; } = 1;

    IEnumerable<string> IRelatedSettings.Failures(string path) => Schedule != ScheduleKind.Constant && EtaMin > Rate
        ? [$"{path}EtaMin is {EtaMin}, above {path}Rate, which is {Rate}; the lowest rate is at most the highest."]
        : [];

    internal ILearningRateSchedule Create(double rate, long totalSteps) => Schedule switch
    {
        ScheduleKind.CosineAnnealing => new ChainedCosineAnnealing(rate, TMax, EtaMin),
        ScheduleKind.ClosedFormCosineAnnealing => new CosineAnnealing(rate, TMax, EtaMin),
        ScheduleKind.CosineWarmRestarts => new CosineWarmRestarts(rate, TMax, RestartFactor, EtaMin),
        ScheduleKind.Constant => new ConstantRate(rate),
        _ => new WarmupCosine(rate, totalSteps, (long)Math.Round(totalSteps * WarmupFraction), EtaMin),
    };
}
