using Cass;
using Cass.Losses;
using Cass.Training;

namespace Study.Methods;

/// <summary>
/// One thing that the published notebook does and nobody would choose; numbers are those of docs/notebook.md. Missing are those
/// that change no weight, no choice and no score: 8 (averages that nobody takes), 10 to 12 and 15 (what is logged, and the form of a file).
/// </summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">What grids and results call it.</param>
/// <param name="On">Sets what the notebook does.</param>
/// <param name="Off">Sets what is sound.</param>
internal sealed record Oddity(int Number, string Name, Action<CassOptions> On, Action<CassOptions> Off)
{
    public static IReadOnlyList<Oddity> All { get; } =
    [
        new(1, "uncleared-gradients", static o => o.Pretraining.ClearGradients = false, static o => o.Pretraining.ClearGradients = true),
        new(2, "no-safeguard", static o => o.Method.Safeguard = CollapseSafeguard.None, static o => o.Method.Safeguard = CollapseSafeguard.VicReg),
        new(3, "running-metrics", static o => o.FineTuning.KeepMetricsRunning = true, static o => o.FineTuning.KeepMetricsRunning = false),
        new(4, "validation-loss-divisor", static o => o.FineTuning.DivideValidationLossByTrainingBatches = true, static o => o.FineTuning.DivideValidationLossByTrainingBatches = false),
        new(5, "validation-on-improvement", static o => o.FineTuning.ValidateOnlyOnImprovement = true, static o => o.FineTuning.ValidateOnlyOnImprovement = false),
        new(6, "restarting-cosine", static o => Schedule(o, ScheduleKind.CosineAnnealing), static o => Schedule(o, ScheduleKind.WarmupCosine)),
        new(7, "frequent-class-weights", static o => o.FineTuning.ClassWeighting = ClassWeighting.Published, static o => o.FineTuning.ClassWeighting = ClassWeighting.InverseFrequency),
        new(9, "augmented-test", static o => o.Evaluation.AugmentImages = true, static o => o.Evaluation.AugmentImages = false),
        new(13, "stop-at-rising-loss", static o => Stopping(o, 5, EarlyStoppingRule.FallingLoss), static o => Stopping(o, 0, EarlyStoppingRule.BestEpoch)),
        new(14, "first-best-f1", static o => o.FineTuning.BestEpoch = BestEpoch.F1, static o => o.FineTuning.BestEpoch = null),
    ];

    public static Oddity Parse(string name) => All.FirstOrDefault(oddity => string.Equals(oddity.Name, name, StringComparison.Ordinal))
        ?? throw new CassInputException($"There is no oddity '{name}'{NearestNames.Suggest(name, All.Select(oddity => oddity.Name), otherwise: ".")}");

    /// <summary>Turns off what the notebook does, in a run of it; turns it on in any other.</summary>
    public void Switch(CassOptions options, StudyMethod method)
    {
        if (method.Recipe == CassRecipe.NotebookFaithful)
        {
            Off(options);
        }
        else
        {
            On(options);
        }
    }

    private static void Schedule(CassOptions options, ScheduleKind kind) => (options.Pretraining.LearningRate.Schedule, options.FineTuning.LearningRate.Schedule) = (kind, kind);

    private static void Stopping(CassOptions options, int patience, EarlyStoppingRule rule) => (options.FineTuning.EarlyStoppingPatience, options.FineTuning.EarlyStoppingRule) = (patience, rule);
}
