namespace Cass.Metrics;

/// <summary>What F1, precision, recall, specificity and accuracy count, and how they average.</summary>
public sealed record LabelMetricOptions
{
    /// <summary>
    /// The options of the CASS notebook's evaluation: micro averaging over probabilities above 0.5, and
    /// <see cref="CountEmptyAsHealthy"/>.
    /// </summary>
    public static LabelMetricOptions NotebookEvaluation { get; } = new() { CountEmptyAsHealthy = true };

    /// <summary>How the figures of several labels become one. Default <see cref="Averaging.Micro"/>.</summary>
    public Averaging Average { get; init; } = Averaging.Micro;

    /// <summary>How scores become predicted labels. Default <see cref="DecisionRule.Threshold"/>.</summary>
    public DecisionRule Decision { get; init; } = DecisionRule.Threshold;

    /// <summary>
    /// Probabilities that the scores must exceed, under <see cref="DecisionRule.Threshold"/>. Default 0.5 for all classes.
    /// </summary>
    public DecisionThresholds Thresholds { get; init; } = DecisionThresholds.Half;

    /// <summary>What the scores mean. Default <see cref="ScoreKind.Probabilities"/>.</summary>
    public ScoreKind Scores { get; init; } = ScoreKind.Probabilities;

    /// <summary>What a figure is where it divides zero by zero. Default <see cref="ZeroDivision.Zero"/>.</summary>
    public ZeroDivision ZeroDivision { get; init; } = ZeroDivision.Zero;

    /// <summary>
    /// Counts one extra label, 'healthy', as the CASS notebook does at evaluation: it is predicted for a sample without any
    /// predicted label, and true for a sample without any true one. Nothing predicted for a sample with labels is one
    /// false positive more, a label predicted for a sample without any is one false negative more, and nothing predicted
    /// for nothing true is a true positive. Only for <see cref="Averaging.Micro"/> and
    /// <see cref="DecisionRule.Threshold"/>. Default false.
    /// </summary>
    public bool CountEmptyAsHealthy { get; init; }

    internal void Validate(string metric)
    {
        RequireDefined(metric, nameof(Average), Average);
        RequireDefined(metric, nameof(Decision), Decision);
        RequireDefined(metric, nameof(Scores), Scores);
        RequireDefined(metric, nameof(ZeroDivision), ZeroDivision);
        if (Thresholds is null)
        {
            throw new CassInputException($"{metric}: {nameof(Thresholds)} is null; {nameof(DecisionThresholds)}.{nameof(DecisionThresholds.Half)} is the default.");
        }

        if (CountEmptyAsHealthy && (Average != Averaging.Micro || Decision != DecisionRule.Threshold))
        {
            throw new CassInputException(
                $"{metric}: {nameof(CountEmptyAsHealthy)} goes with {nameof(Averaging.Micro)} averaging and the {nameof(DecisionRule.Threshold)} rule; they are {Average} and {Decision}.");
        }
    }

    private static void RequireDefined<T>(string metric, string name, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new CassInputException($"{metric}: {name} is {value}; it must be {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
