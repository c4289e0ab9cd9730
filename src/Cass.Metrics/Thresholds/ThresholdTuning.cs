using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Finds the decision thresholds that make F1 or Youden's J largest on validation data, exactly: every distinct score
/// is tried.
/// </summary>
/// <remarks>
/// A threshold lies halfway between two neighbouring scores; of several that are equally good, the one nearest to 0.5 is
/// taken. Tune on validation data, never on the test data that the figures are reported for.
/// </remarks>
public static class ThresholdTuning
{
    private const double Untuned = 0.5;

    /// <summary>Tunes one threshold for each class.</summary>
    /// <param name="probabilities">Float [samples, classes], in [0, 1]; on any device.</param>
    /// <param name="targets">[samples, classes] of 0 and 1, or Int64 class indices [samples]; on the same device.</param>
    /// <param name="objective">What to make as large as possible; F1 by default.</param>
    /// <returns>The thresholds, what they reach, and which classes could not be tuned.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another, or there is no sample.</exception>
    /// <exception cref="CassInputException">A value is NaN or out of its range.</exception>
    public static ThresholdTuningResult PerClass(Tensor probabilities, Tensor targets, ThresholdObjective objective = ThresholdObjective.F1)
    {
        var (scores, labels, classes) = Read(probabilities, targets);
        var thresholds = new double[classes];
        var objectives = new double[classes];
        var untuned = new List<int>();
        for (var c = 0; c < classes; c++)
        {
            var samples = scores.Length / classes;
            (thresholds[c], objectives[c]) = Best(scores.AsSpan(c * samples, samples).ToArray(), labels.AsSpan(c * samples, samples).ToArray(), objective);
            if (double.IsNaN(objectives[c]))
            {
                untuned.Add(c);
            }
        }

        return new ThresholdTuningResult(DecisionThresholds.PerClass(thresholds), objectives, untuned);
    }

    /// <summary>Tunes one threshold for all classes, on their pooled decisions: with F1, the micro-averaged one.</summary>
    /// <param name="probabilities">Float [samples, classes], in [0, 1]; on any device.</param>
    /// <param name="targets">[samples, classes] of 0 and 1, or Int64 class indices [samples]; on the same device.</param>
    /// <param name="objective">What to make as large as possible; F1 by default.</param>
    /// <returns>The threshold, what it reaches, and all classes as untuned where the data cannot tune it.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another, or there is no sample.</exception>
    /// <exception cref="CassInputException">A value is NaN or out of its range.</exception>
    public static ThresholdTuningResult Shared(Tensor probabilities, Tensor targets, ThresholdObjective objective = ThresholdObjective.F1)
    {
        var (scores, labels, classes) = Read(probabilities, targets);
        var (threshold, reached) = Best(scores, labels, objective);
        return new ThresholdTuningResult(DecisionThresholds.Uniform(threshold), [reached], double.IsNaN(reached) ? [.. Enumerable.Range(0, classes)] : []);
    }

    /// <summary>Scores and labels, class after class.</summary>
    private static (double[] Scores, bool[] Labels, int Classes) Read(Tensor probabilities, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var (scores, labels) = new BatchValidation(nameof(ThresholdTuning), ScoreKind.Probabilities, singleLabel: false).Read(probabilities, targets);
        return (scores.to(ScalarType.Float64).t().contiguous().cpu().data<double>().ToArray(), labels.t().contiguous().cpu().data<bool>().ToArray(), (int)scores.shape[1]);
    }

    private static (double Threshold, double Objective) Best(double[] scores, bool[] labels, ThresholdObjective objective)
    {
        Array.Sort(scores, labels);
        Array.Reverse(scores);
        Array.Reverse(labels);
        var positives = labels.Count(label => label);
        if (positives == 0 || (objective == ThresholdObjective.YoudenJ && positives == labels.Length))
        {
            return (Untuned, double.NaN);
        }

        var counts = new LabelCounts(0, 0, positives, labels.Length);
        var best = (Threshold: scores[0] < 1 ? Between(scores[0], 1) : 1, Objective: Value(counts, objective));
        for (var start = 0; start < scores.Length;)
        {
            var (end, hits) = RankedLabels.Tie(scores, labels, start);
            counts = counts with { TruePositives = counts.TruePositives + hits, PredictedPositives = end };
            var score = scores[start];
            start = end;

            // No threshold in [0, 1] lies below a score of 0.
            if (score > 0)
            {
                var threshold = Between(end < scores.Length ? scores[end] : 0, score);
                var value = Value(counts, objective);
                if (value > best.Objective || (value == best.Objective && Math.Abs(threshold - Untuned) < Math.Abs(best.Threshold - Untuned)))
                {
                    best = (threshold, value);
                }
            }
        }

        return best;
    }

    /// <summary>Halfway; the lower one where no number lies between, which the higher still exceeds.</summary>
    private static double Between(double lower, double higher)
    {
        var middle = lower + ((higher - lower) / 2);
        return middle < higher ? middle : lower;
    }

    private static double Value(LabelCounts counts, ThresholdObjective objective) => objective switch
    {
        ThresholdObjective.F1 => LabelRatio.F1.Of(counts, ZeroDivision.Zero),
        ThresholdObjective.YoudenJ => LabelRatio.Recall.Of(counts, ZeroDivision.Zero) + LabelRatio.Specificity.Of(counts, ZeroDivision.Zero) - 1,
        _ => throw new ArgumentOutOfRangeException(nameof(objective), objective, $"'{objective}' is not F1 or YoudenJ."),
    };
}
