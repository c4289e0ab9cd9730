using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>The learning rate and how it changes over a run.</summary>
public sealed class LearningRateOptions
{
    /// <summary>The highest rate. Default 1e-3, as published for pretraining; fine-tuning sets 3e-4.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double Rate { get; set; } = 1e-3;

    /// <summary>The shape. Default <see cref="ScheduleKind.WarmupCosine"/>.</summary>
    public ScheduleKind Schedule { get; set; } = ScheduleKind.WarmupCosine;

    /// <summary>Share of the run in which the rate rises from zero. Default 0.1. Of <see cref="ScheduleKind.WarmupCosine"/> only.</summary>
    [Range(0.0, 0.9)]
    public double WarmupFraction { get; set; } = 0.1;

    /// <summary>The lowest rate η_min. Default 1e-6, as published.</summary>
    [Range(0.0, 10.0)]
    public double EtaMin { get; set; } = 1e-6;

    /// <summary>Batches from the highest rate to the lowest. Default 16, as published. Of <see cref="ScheduleKind.CosineAnnealing"/> only.</summary>
    [Range(1, 1_000_000)]
    public int TMax { get; set; } = 16;

    internal ILearningRateSchedule Create(long totalSteps) => Schedule switch
    {
        ScheduleKind.CosineAnnealing => new ChainedCosineAnnealing(Rate, TMax, EtaMin),
        ScheduleKind.Constant => new ConstantRate(Rate),
        _ => new WarmupCosine(Rate, totalSteps, (long)Math.Round(totalSteps * WarmupFraction), EtaMin),
    };
}
