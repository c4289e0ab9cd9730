namespace Cass.Metrics;

/// <summary>What <see cref="Auroc"/> and <see cref="AveragePrecision"/> average.</summary>
public sealed record RankingOptions
{
    /// <summary>How the figures of several labels become one. Default <see cref="Averaging.Macro"/>, as in scikit-learn.</summary>
    public Averaging Average { get; init; } = Averaging.Macro;

    /// <summary>
    /// What the scores mean. Logits rank as they are; only those of the softmax are turned into probabilities first,
    /// because a class's rank among the samples depends on the other classes' logits. Default
    /// <see cref="ScoreKind.Probabilities"/>.
    /// </summary>
    public ScoreKind Scores { get; init; } = ScoreKind.Probabilities;

    /// <summary>
    /// What the figure of a label is where it is undefined. Default <see cref="ZeroDivision.NaN"/>: it is left out of the
    /// average, which is NaN itself only where nothing is left.
    /// </summary>
    public ZeroDivision ZeroDivision { get; init; } = ZeroDivision.NaN;

    internal void Validate(string metric)
    {
        if (!Enum.IsDefined(Average) || !Enum.IsDefined(Scores) || !Enum.IsDefined(ZeroDivision))
        {
            throw new CassInputException($"{metric}: {Average}, {Scores} and {ZeroDivision} must be values of {nameof(Averaging)}, {nameof(ScoreKind)} and {nameof(Cass.Metrics.ZeroDivision)}.");
        }
    }
}
