using Cass.Training;
using Study.Cells;
using Study.Methods;

namespace Study.Grids;

/// <summary>Cells that answer one question: every combination of its lists.</summary>
internal sealed record GridBlock
{
    public required string Name { get; init; }

    /// <summary>What the block asks, as a sentence for its table.</summary>
    public required string Question { get; init; }

    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>Oddities to switch, of which each list is a cell; an empty list is the method as it is.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Switched { get; init; } = [[]];

    public IReadOnlyList<string> Cnns { get; init; } = ["resnet18"];

    public IReadOnlyList<string> Vits { get; init; } = ["vit_tiny_patch16_224"];

    public StartingWeights Start { get; init; }

    public IReadOnlyList<int> Sizes { get; init; } = [64];

    public IReadOnlyList<int> BatchSizes { get; init; } = [16];

    public IReadOnlyList<double> Budgets { get; init; } = [8];

    /// <summary>Peak rates of pretraining; null for the one that is the method's choice.</summary>
    public IReadOnlyList<double?> Rates { get; init; } = [null];

    /// <summary>The numbers of all cells; float32 where null.</summary>
    public NumericPrecision? Precision { get; init; }

    /// <summary>Shares of the labels, and the epochs of fine-tuning that go with each.</summary>
    public required IReadOnlyList<LabelBudget> Labels { get; init; }

    public FineTuningSettings FineTuning { get; init; }

    public ScoredPart Score { get; init; }

    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>
    /// Methods that the others are compared with. Without any, each method is compared with itself: with no oddity switched, the smallest
    /// budget and the fewest epochs of fine-tuning.
    /// </summary>
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>The cells, those of the first seed first, so that a study which is stopped has whole rows.</summary>
    /// <param name="rates">By method, the rate that was chosen.</param>
    public IEnumerable<Cell> Cells(IReadOnlyDictionary<string, double> rates) =>
        from seed in Seeds
        from cnn in Cnns
        from vit in Vits
        from size in Sizes
        from batchSize in BatchSizes
        from method in Methods
        from switched in Switched
        from rate in Rates
        from budget in Budgets
        from labels in Labels
        let known = StudyMethod.Parse(method)
        select new Cell
        {
            Method = method,
            Switched = [.. switched.Order(StringComparer.Ordinal)],
            Cnn = cnn,
            Vit = vit,
            Start = Start,
            Size = size,
            BatchSize = batchSize,
            Budget = method is StudyMethod.NoPretraining ? 0 : budget,
            Rate = rate ?? (known.HasRatesOfItsOwn || budget == 0 || !rates.TryGetValue(method, out var chosen) ? null : chosen),
            Precision = Precision,
            LabelFraction = labels.Fraction,
            FineTuningEpochs = labels.Epochs,
            FineTuning = FineTuning,
            Score = Score,
            Seed = seed,
        };
}
