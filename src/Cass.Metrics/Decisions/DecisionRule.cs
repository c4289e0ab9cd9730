namespace Cass.Metrics;

/// <summary>How scores become predicted labels.</summary>
public enum DecisionRule
{
    /// <summary>A label is predicted where its score is greater than its threshold: none, one or many a sample.</summary>
    Threshold,

    /// <summary>Exactly the label of the highest score is predicted; of equal ones, one of them.</summary>
    Argmax,
}
