using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// A figure that is a ratio of two sums of counts. Each side is given by the factors of true positives, predicted
/// positives, actual positives and decisions, so that one definition serves host numbers and device tensors.
/// </summary>
internal sealed record LabelRatio(LabelRatio.Terms Numerator, LabelRatio.Terms Denominator)
{
    // Of each case, a hit or none: TP of all for which the class is true or predicted. F1 is 2J / (1 + J) of that share J.
    private static readonly (Terms Hits, Terms Cases) Jaccard = (new(1, 0, 0, 0), new(-1, 1, 1, 0));

    /// <summary>F1 = 2TP / (2TP + FP + FN).</summary>
    public static LabelRatio F1 { get; } = new(new(2, 0, 0, 0), new(0, 1, 1, 0));

    /// <summary>TP / (TP + FP).</summary>
    public static LabelRatio Precision { get; } = new(new(1, 0, 0, 0), new(0, 1, 0, 0));

    /// <summary>TP / (TP + FN).</summary>
    public static LabelRatio Recall { get; } = new(new(1, 0, 0, 0), new(0, 0, 1, 0));

    /// <summary>TN / (TN + FP).</summary>
    public static LabelRatio Specificity { get; } = new(new(1, -1, -1, 1), new(0, 0, -1, 1));

    /// <summary>Counts of which the figure is a share, or grows with it: hits, and the cases that can be one.</summary>
    public (Terms Hits, Terms Cases) Share => this == F1 ? Jaccard : (Numerator, Denominator);

    /// <summary>The figure where the hits are this share of the cases.</summary>
    public double OfShare(double share) => this == F1 ? 2 * share / (1 + share) : share;

    public double Of(LabelCounts counts, ZeroDivision zeroDivision) => zeroDivision.Divide(Numerator.Of(counts), Denominator.Of(counts));

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Terms(int TruePositives, int PredictedPositives, int ActualPositives, int Decisions)
    {
        public double Of(LabelCounts counts) =>
            (TruePositives * (double)counts.TruePositives)
            + (PredictedPositives * (double)counts.PredictedPositives)
            + (ActualPositives * (double)counts.ActualPositives)
            + (Decisions * (double)counts.Decisions);

        /// <summary>
        /// The same for counts in the rows of an Int64 [3, n] tensor, each out of a number of decisions. The factors
        /// go in as scalars: a tensor of them would have to be copied to the device each time.
        /// </summary>
        public Tensor Of(Tensor counts, long decisions)
        {
            var sum = counts[0].mul(KeptScalar.Of((long)TruePositives));
            sum.add_(counts[1], KeptScalar.Of((long)PredictedPositives)).add_(counts[2], KeptScalar.Of((long)ActualPositives));
            return sum.add_(KeptScalar.Of((long)Decisions * decisions), KeptScalar.One);
        }
    }
}
