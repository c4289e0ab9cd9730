namespace Cass.Training;

/// <summary>What one validation found.</summary>
/// <param name="Loss">Loss over the validation images.</param>
/// <param name="F1">Micro F1 on them.</param>
/// <param name="Auroc">Area under the receiver operating characteristic; NaN where it was not asked for, or no label has one.</param>
internal readonly record struct ValidationScore(double Loss, double F1, double Auroc = double.NaN)
{
    /// <summary>Worse than any.</summary>
    public static ValidationScore None { get; } = new(double.PositiveInfinity, double.NegativeInfinity);

    /// <summary>Share of images whose most probable class is theirs; null where images have other than one label.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Macro F1 of the most probable class; null in the same case.</summary>
    public double? ArgmaxMacroF1 { get; init; }

    /// <summary>The caller's own figures, by name; null where none were taken.</summary>
    public IReadOnlyDictionary<string, double>? Figures { get; init; }

    public bool IsBetterThan(ValidationScore other, BestEpoch rule) => rule switch
    {
        BestEpoch.Loss => Loss < other.Loss,
        BestEpoch.F1 => F1 > other.F1,
        BestEpoch.Auroc => Auroc > other.Auroc || (!(Auroc < other.Auroc) && Loss < other.Loss),
        _ => F1 > other.F1 || (F1 == other.F1 && Loss < other.Loss),
    };
}
