using Cass.Metrics;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

public sealed class MetricCollectionTests
{
    [Fact]
    public void Every_metric_sees_every_batch()
    {
        using var scope = NewDisposeScope();
        using var metrics = new MetricCollection(new MultiLabelF1(), new Recall(Averaging.Macro), new Auroc());
        metrics.Update(eye(2), eye(2));
        var figures = metrics.Compute();
        Assert.Equal(3, figures.Count);
        Assert.All(figures.Values, figure => Assert.Equal(1, figure));
        Assert.Contains("recall (macro)", figures.Keys);
        metrics.Reset();
        Assert.Throws<InvalidOperationException>(() => metrics.Compute());
    }

    [Fact]
    public void Names_must_tell_metrics_apart() =>
        Assert.Contains("'F1'", Assert.Throws<ArgumentException>(() => new MetricCollection(new MultiLabelF1(), new MultiLabelF1())).Message, StringComparison.Ordinal);
}
