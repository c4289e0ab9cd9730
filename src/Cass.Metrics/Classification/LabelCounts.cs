using System.Runtime.InteropServices;

namespace Cass.Metrics;

/// <summary>How often a label was predicted, was true, and both; of one class, or pooled over several.</summary>
/// <param name="TruePositives">Predicted and true.</param>
/// <param name="PredictedPositives">Predicted.</param>
/// <param name="ActualPositives">True.</param>
/// <param name="Decisions">All decisions: the samples, times the classes that are pooled.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LabelCounts(long TruePositives, long PredictedPositives, long ActualPositives, long Decisions)
{
    /// <summary>Predicted but not true.</summary>
    public long FalsePositives => PredictedPositives - TruePositives;

    /// <summary>True but not predicted.</summary>
    public long FalseNegatives => ActualPositives - TruePositives;

    /// <summary>Neither predicted nor true.</summary>
    public long TrueNegatives => Decisions - PredictedPositives - ActualPositives + TruePositives;
}
