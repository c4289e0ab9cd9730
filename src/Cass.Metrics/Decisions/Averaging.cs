namespace Cass.Metrics;

/// <summary>How the figures of several labels become one; the names are scikit-learn's.</summary>
public enum Averaging
{
    /// <summary>Counts are pooled over all samples and classes. The default, and what CASS publishes.</summary>
    Micro,

    /// <summary>Mean over the classes, each counting the same.</summary>
    Macro,

    /// <summary>Mean over the classes, each counting as often as it occurs among the targets.</summary>
    Weighted,

    /// <summary>Mean over the samples, each with a figure over its own labels.</summary>
    Samples,
}
