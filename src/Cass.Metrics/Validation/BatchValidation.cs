using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>Checks of the values of a batch, kept apart from their reading so that a device need not be waited for.</summary>
internal sealed class BatchValidation(string owner, ScoreKind scoreKind, bool singleLabel)
{
    /// <summary>Scores in float32 or float64 and labels as bool [batch, classes], checked at once, within the caller's dispose scope.</summary>
    public (Tensor Scores, Tensor Labels) Read(Tensor scores, Tensor targets)
    {
        MetricArguments.RequireScores(owner, scores, targets);
        if (scores.shape[0] == 0)
        {
            throw new ArgumentException($"{owner}: scores are {MetricArguments.ShapeOf(scores)}; there must be at least one sample.", nameof(scores));
        }

        var values = MetricArguments.ToComputeType(scores.detach());
        var (labels, invalid) = ReadTargets(targets.detach(), values.shape[1]);
        var (minimum, maximum) = values.aminmax();
        RequireScores(minimum.ReadDouble(), maximum.ReadDouble(), MetricArguments.ShapeOf(scores));
        RequireTargets(invalid is not null && invalid.ReadBoolean(), MetricArguments.ShapeOf(targets));
        return (values, labels);
    }

    /// <summary>Targets as bool [batch, classes], and a bool scalar that tells whether any is impossible (null where none can be).</summary>
    public (Tensor Labels, Tensor? Invalid) ReadTargets(Tensor targets, long classes)
    {
        if (targets.dim() == 1)
        {
            var fromIndices = Labels.OneHot(targets, classes);
            return (fromIndices, fromIndices.any(1).all().bitwise_not());
        }

        var labels = targets.dtype == ScalarType.Bool ? targets : targets.gt(KeptScalar.Of(0.5));
        var invalid = targets.dtype == ScalarType.Bool ? null : targets.ne(labels).any();
        if (singleLabel)
        {
            var notOne = labels.sum(1).ne(KeptScalar.One).any();
            invalid = invalid is null ? notOne : invalid.bitwise_or(notOne);
        }

        return (labels, invalid);
    }

    public void RequireScores(double minimum, double maximum, string which)
    {
        if (double.IsNaN(minimum) || double.IsNaN(maximum))
        {
            throw new CassInputException($"{owner}: scores {which} contain NaN; look for a diverged network or a broken image.");
        }

        if (scoreKind == ScoreKind.Probabilities && !(minimum >= 0 && maximum <= 1))
        {
            throw new CassInputException(
                $"{owner}: scores {which} go from {minimum} to {maximum}; probabilities lie in [0, 1]. Apply sigmoid or softmax, or tell the metric that they are logits.");
        }
    }

    public void RequireTargets(bool invalid, string which)
    {
        if (invalid)
        {
            throw new CassInputException(singleLabel
                ? $"{owner}: targets {which} are not one-hot; each sample must have exactly one label of 1 and all others 0, or a class index below the number of classes."
                : $"{owner}: targets {which} are not labels; each must be 0 or 1, or a class index below the number of classes.");
        }
    }
}
