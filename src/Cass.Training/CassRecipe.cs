using Cass.Data;
using Cass.Losses;

namespace Cass.Training;

/// <summary>A named set of settings to start from; what the builder configures comes on top.</summary>
/// <param name="name">What the recipe is called.</param>
/// <param name="apply">Sets the options that the recipe speaks of.</param>
public sealed class CassRecipe(string name, Action<CassOptions> apply)
{
    private static readonly double[] BrainMriMean = [0.1857, 0.1857, 0.1858];
    private static readonly double[] BrainMriStd = [0.2018, 0.2018, 0.2018];

    /// <summary>
    /// The default: gradients cleared, one learning-rate curve over the run with a warm-up, weights for rare classes,
    /// two views and VICReg's terms against collapse.
    /// </summary>
    public static CassRecipe Recommended { get; } = new(nameof(Recommended), static _ => { });

    /// <summary>The hyperparameters of the papers, with sound bookkeeping: one published view, similarity of the logits, no safeguard.</summary>
    public static CassRecipe Published { get; } = new(nameof(Published), ApplyPublished);

    /// <summary>
    /// What the published notebook does, with everything in it that nobody would choose: see <c>docs/notebook.md</c> for
    /// each oddity and the option that stands for it.
    /// </summary>
    public static CassRecipe NotebookFaithful { get; } = new(nameof(NotebookFaithful), ApplyNotebook);

    /// <summary>
    /// What the authors' first release does, whose figures the papers report: pretraining that moves no weight, and metrics
    /// that count the label 'healthy'; see <c>docs/notebook.md</c>. Its folds are
    /// <see cref="ImageDataset.KFolds"/> of 6 with the seed 77.
    /// </summary>
    public static CassRecipe AuthorsRelease { get; } = new(nameof(AuthorsRelease), ApplyAuthorsRelease);

    /// <summary>All recipes that come with the library.</summary>
    public static IReadOnlyList<CassRecipe> All { get; } = [Recommended, Published, NotebookFaithful, AuthorsRelease];

    /// <summary>What the recipe is called.</summary>
    public string Name { get; } = name;

    /// <summary>Finds one of <see cref="All"/> by its name.</summary>
    /// <param name="name">Its name; case and hyphens do not matter.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="CassInputException">There is none of that name.</exception>
    public static CassRecipe Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var plain = name.Replace("-", string.Empty, StringComparison.Ordinal);
        return All.FirstOrDefault(recipe => string.Equals(recipe.Name, plain, StringComparison.OrdinalIgnoreCase))
            ?? throw new CassInputException($"Unknown recipe '{name}': use {string.Join(", ", All.Select(r => r.Name))}.");
    }

    /// <summary>Sets the options that the recipe speaks of.</summary>
    /// <param name="options">The options to change.</param>
    public void Apply(CassOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        apply(options);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static void ApplyPublished(CassOptions options)
    {
        options.Images.Mean = BrainMriMean;
        options.Images.Std = BrainMriStd;
        options.Method = CassMethodOptions.Published;

        var pretraining = options.Pretraining;
        pretraining.Epochs = 100;
        pretraining.BatchSize = 16;
        pretraining.Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, WeightDecay = 0 };
        pretraining.LearningRate = new LearningRateOptions { Rate = 1e-3, Schedule = ScheduleKind.CosineAnnealing, TMax = 16, EtaMin = 1e-6 };
        pretraining.DropLast = false;

        var fineTuning = options.FineTuning;
        fineTuning.Epochs = 50;
        fineTuning.BatchSize = 16;
        fineTuning.Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, WeightDecay = 0 };
        fineTuning.LearningRate = new LearningRateOptions { Rate = 3e-4, Schedule = ScheduleKind.CosineAnnealing, TMax = 16, EtaMin = 1e-6 };
        fineTuning.ClassWeighting = ClassWeighting.Published;
        fineTuning.FocalForm = FocalLossForm.Published;
        fineTuning.DropLast = false;
        fineTuning.EarlyStoppingPatience = 5;
        fineTuning.EarlyStoppingRule = EarlyStoppingRule.FallingLoss;
    }

    private static void ApplyNotebook(CassOptions options)
    {
        ApplyBookkeeping(options);
        options.Pretraining.ClearGradients = false;
        options.FineTuning.LogF1AsRecall = true;
        options.Evaluation.AugmentImages = true;
    }

    private static void ApplyAuthorsRelease(CassOptions options)
    {
        var imageNet = new ImageOptions();
        ApplyBookkeeping(options);
        options.Images.Mean = imageNet.Mean;
        options.Images.Std = imageNet.Std;
        options.Images.JitterBeforeAffine = false;
        options.Method.JitterBeforeAffine = false;
        options.Pretraining.UpdateWeights = false;
        options.Pretraining.DropLast = true;
        options.FineTuning.CountEmptyAsHealthy = true;
        options.FineTuning.DropLast = true;
    }

    /// <summary>What both versions of the notebook have in common.</summary>
    private static void ApplyBookkeeping(CassOptions options)
    {
        ApplyPublished(options);
        options.Pretraining.LogLossOfLastBatch = true;
        options.FineTuning.KeepMetricsRunning = true;
        options.FineTuning.DivideValidationLossByTrainingBatches = true;
        options.FineTuning.ValidateOnlyOnImprovement = true;
        options.FineTuning.LogLossOfLastBatch = true;
        options.FineTuning.BestEpoch = BestEpoch.F1;
        options.Evaluation.BatchSize = 16;
        options.Evaluation.LossOfLastBatch = true;
    }
}
