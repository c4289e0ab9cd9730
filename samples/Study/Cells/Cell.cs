using System.Globalization;
using Cass.Training;

namespace Study.Cells;

/// <summary>All settings of one measurement: a pretraining, if any, and the fine-tuning of both networks after it.</summary>
internal sealed record Cell
{
    /// <summary>A name of <see cref="Methods.StudyMethod.All"/>.</summary>
    public required string Method { get; init; }

    /// <summary>Oddities of the notebook that are switched from what the method's recipe has, by name, in order.</summary>
    public IReadOnlyList<string> Switched { get; init; } = [];

    public required string Cnn { get; init; }

    public required string Vit { get; init; }

    /// <summary>What the CNN starts from; the transformer starts from random weights.</summary>
    public required StartingWeights Start { get; init; }

    /// <summary>Side of the images in pixels.</summary>
    public required int Size { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Passes of pretraining for each network and training image; 0 without pretraining.</summary>
    public required double Budget { get; init; }

    /// <summary>Peak rate of pretraining; null for that of the recipe or of the library.</summary>
    public double? Rate { get; init; }

    /// <summary>The numbers that both trainings compute in; float32 where null. A scoring is in float32 always.</summary>
    public NumericPrecision? Precision { get; init; }

    public required double LabelFraction { get; init; }

    /// <summary>Epochs of fine-tuning, without those that supervised training has besides for its budget.</summary>
    public required int FineTuningEpochs { get; init; }

    public required FineTuningSettings FineTuning { get; init; }

    public required ScoredPart Score { get; init; }

    public required long Seed { get; init; }

    /// <summary>The cell in a line, for people.</summary>
    public override string ToString()
    {
        var switched = Switched.Count == 0 ? string.Empty : $" ({string.Join(", ", Switched)} switched)";
        var rate = Rate is { } given ? string.Create(CultureInfo.InvariantCulture, $", rate {given}") : string.Empty;
        var precision = Precision is { } numbers ? $", {numbers.ToString().ToLowerInvariant()}" : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Method}{switched}, {Cnn} + {Vit} from {Start.ToString().ToLowerInvariant()} weights, {Size} px, batch {BatchSize}, budget {Budget}{rate}{precision}, {LabelFraction:0.####} of the labels for {FineTuningEpochs} epochs, seed {Seed}");
    }
}
