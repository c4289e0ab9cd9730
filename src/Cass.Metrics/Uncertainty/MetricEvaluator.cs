using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>A metric's figure for chosen rows of scores and targets.</summary>
internal sealed class MetricEvaluator(Func<IMetric> createMetric) : IDisposable
{
    private readonly IMetric metric = createMetric() ?? throw new ArgumentException("The function that creates the metric returned null.", nameof(createMetric));

    public static void RequireBatch(string owner, Tensor scores, Tensor targets)
    {
        MetricArguments.RequireScores(owner, scores, targets);
        if (scores.shape[0] > int.MaxValue)
        {
            throw new ArgumentException($"{owner}: scores are {MetricArguments.ShapeOf(scores)}; at most {int.MaxValue} cases can be resampled.", nameof(scores));
        }
    }

    public double Of(Tensor scores, Tensor targets, int[] cases)
    {
        using var scope = NewDisposeScope();
        var index = tensor([.. cases.Select(i => (long)i)], device: scores.device);
        return Of(scores.index_select(0, index), targets.index_select(0, index));
    }

    public double Of(Tensor scores, Tensor targets)
    {
        metric.Reset();
        metric.Update(scores, targets);
        return metric.Compute();
    }

    public void Dispose() => metric.Dispose();
}
