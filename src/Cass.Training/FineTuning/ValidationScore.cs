namespace Cass.Training;

/// <summary>What one validation found.</summary>
/// <param name="Loss">Loss over the validation images.</param>
/// <param name="F1">Micro F1 on them.</param>
internal readonly record struct ValidationScore(double Loss, double F1)
{
    /// <summary>Worse than any.</summary>
    public static ValidationScore None { get; } = new(double.PositiveInfinity, double.NegativeInfinity);

    public bool IsBetterThan(ValidationScore other, BestEpoch rule) => rule switch
    {
        BestEpoch.Loss => Loss < other.Loss,
        BestEpoch.F1 => F1 > other.F1,
        _ => F1 > other.F1 || (F1 == other.F1 && Loss < other.Loss),
    };
}
