namespace Cass.Metrics;

/// <summary>What the cells of a confusion matrix are divided by.</summary>
public enum ConfusionNormalization
{
    /// <summary>The samples of the row's true class: rows add up to 1, the diagonal is recall.</summary>
    Truth,

    /// <summary>The samples predicted as the column's class: columns add up to 1, the diagonal is precision.</summary>
    Prediction,

    /// <summary>All samples: all cells add up to 1.</summary>
    All,
}
