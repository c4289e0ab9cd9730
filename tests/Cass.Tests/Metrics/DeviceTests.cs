using Cass.Metrics;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>
/// What happens off the CPU. A tensor on torch's meta device has no values: whatever reads one fails, so an update that
/// goes through has not waited for its device.
/// </summary>
public sealed class DeviceTests
{
    public static TheoryData<string> Kinds => EveryMetric.Names;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Updating_reads_no_value(string kind)
    {
        using var scope = NewDisposeScope();
        using var metric = EveryMetric.Create(kind);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            metric.Update(zeros(4, 3, type, META), zeros(4, 3, device: META));
            metric.Update(zeros(4, 3, type, META), zeros(4, ScalarType.Int64, META));
        }

        Assert.Equal(16, metric.Samples);
    }

    [Fact]
    public void Watching_for_collapse_reads_no_value()
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor(windowSize: 10);
        for (var i = 0; i < 5; i++)
        {
            monitor.Update("cnn", zeros(4, 3, ScalarType.BFloat16, META));
        }

        Assert.True(monitor.CanMeasure);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Impossible_values_are_reported_when_the_figure_is_read(string kind)
    {
        using var scope = NewDisposeScope();
        var scores = full(2, 2, 0.5f);
        var targets = eye(2);
        foreach (var (badScores, badTargets, part) in new[]
        {
            (full(2, 2, float.NaN), targets, "NaN"),
            (full(2, 2, 1.5f), targets, "1.5"),
            (full(2, 2, -0.5f), targets, "-0.5"),
            (scores, full(2, 2, 0.4f), "targets"),
            (scores, full(2, 2, float.NaN), "targets"),
            (scores, tensor(new long[] { 0, 2 }), "targets"),
        })
        {
            using var metric = EveryMetric.Create(kind, checksValuesLater: true);
            metric.Update(scores, targets);
            metric.Update(badScores, badTargets);
            metric.Update(scores, targets);
            Assert.Contains(part, Assert.Throws<CassInputException>(() => metric.Compute()).Message, StringComparison.Ordinal);

            // A metric that takes it in is warned too.
            using var other = EveryMetric.Create(kind);
            other.Merge(metric.GetState());
            Assert.Throws<CassInputException>(() => other.Compute());

            metric.Reset();
            metric.Update(scores, targets);
            Assert.False(double.IsInfinity(metric.Compute()));
        }
    }
}
