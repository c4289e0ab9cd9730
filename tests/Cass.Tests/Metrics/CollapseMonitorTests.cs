using Cass.Metrics;
using Cass.Tests.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

public sealed class CollapseMonitorTests
{
    [Theory]
    [InlineData(0.0003, CollapseVerdict.Collapsed)]
    [InlineData(0.0005, CollapseVerdict.Collapsed)]
    [InlineData(0.002, CollapseVerdict.Collapsed)]
    [InlineData(0.005, CollapseVerdict.Collapsed)]
    [InlineData(0.15, CollapseVerdict.Collapsing)]
    [InlineData(0.72, CollapseVerdict.Healthy)]
    [InlineData(0.89, CollapseVerdict.Healthy)]
    public void Spreads_measured_in_training_get_the_verdict_that_their_results_deserve(double spread, CollapseVerdict verdict)
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor();
        monitor.Update("cnn", WithSpread(spread));
        var network = Assert.Single(monitor.Measure().Networks);
        Assert.Equal(spread, network.Statistics.Spread, spread / 10);
        Assert.Equal(verdict, network.Verdict);
    }

    [Theory]
    [InlineData(0.02, CollapseVerdict.Collapsed)]
    [InlineData(0.2, CollapseVerdict.Collapsing)]
    [InlineData(3, CollapseVerdict.Healthy)]
    public void Embeddings_along_one_line_do_not_pass_for_spread_out(double across, CollapseVerdict verdict)
    {
        using var scope = NewDisposeScope();

        // Two clusters of opposite directions, with some variation within them.
        var signs = Sample.Uniform(1, -1, 1, 400, 1).sign();
        var embeddings = (signs * ones(1, 64, ScalarType.Float64)) + (Sample.Normal(2, 400, 64) * across);
        using var monitor = new CollapseMonitor();
        monitor.Update("cnn", embeddings);
        var report = monitor.Measure();
        Assert.True(report.Networks[0].Statistics.Spread > 0.5);
        Assert.Equal(verdict, report.Verdict);
    }

    [Fact]
    public void The_report_names_the_worst_network_and_its_numbers()
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor();
        monitor.Update(new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["cnn"] = WithSpread(0.8), ["transformer"] = WithSpread(0.001) });
        var report = monitor.Measure();
        Assert.Equal(CollapseVerdict.Collapsed, report.Verdict);
        Assert.Equal(CollapseVerdict.Healthy, report.Networks[0].Verdict);
        Assert.StartsWith("collapsed: cnn spread 0.", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("transformer spread 0.00", report.ToString(), StringComparison.Ordinal);
        Assert.Equal(9, report.Figures().Count);
        Assert.Equal(report.Alignment, report.Figures()["alignment"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    [InlineData(100)]
    public void Only_the_latest_embeddings_count_whatever_the_batches(int batch)
    {
        using var scope = NewDisposeScope();
        var x = Sample.Normal(1, 100, 6);
        var y = Sample.Normal(2, 100, 6);
        using var monitor = new CollapseMonitor(windowSize: 16);
        for (var start = 0; start < 100; start += batch)
        {
            var length = Math.Min(batch, 100 - start);
            monitor.Update("x", x.narrow(0, start, length));
            monitor.Update("y", y.narrow(0, start, length));
        }

        var report = monitor.Measure();
        var expected = EmbeddingStatistics.Of(x.narrow(0, 84, 16));
        Assert.Equal(expected.Spread, report.Networks[0].Statistics.Spread, 10);
        Assert.Equal(expected.EffectiveRank, report.Networks[0].Statistics.EffectiveRank, 6);
        Assert.Equal(EmbeddingStatistics.Alignment(x.narrow(0, 84, 16), y.narrow(0, 84, 16)), report.Alignment!.Value, 10);
    }

    [Fact]
    public void Networks_that_cannot_be_paired_have_no_alignment()
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor();
        monitor.Update("x", Sample.Normal(1, 4, 3));
        Assert.Null(monitor.Measure().Alignment);
        monitor.Update("y", Sample.Normal(2, 5, 3));
        Assert.Null(monitor.Measure().Alignment);
        monitor.Reset();
        monitor.Update("x", Sample.Normal(1, 4, 3));
        monitor.Update("y", Sample.Normal(2, 4, 2));
        Assert.Null(monitor.Measure().Alignment);
    }

    [Fact]
    public void Misuse_is_explained()
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor();
        Assert.False(monitor.CanMeasure);
        Assert.Throws<InvalidOperationException>(() => monitor.Measure());
        monitor.Update("cnn", zeros(1, 3));
        Assert.Contains("cnn", Assert.Throws<InvalidOperationException>(() => monitor.Measure()).Message, StringComparison.Ordinal);
        var message = Assert.Throws<ArgumentException>(() => monitor.Update("cnn", zeros(2, 4))).Message;
        Assert.Contains("[2, 4]", message, StringComparison.Ordinal);
        Assert.Contains("[samples, 3]", message, StringComparison.Ordinal);
        monitor.Update("cnn", full(1, 3, float.NaN));
        Assert.Contains("'cnn'", Assert.Throws<CassInputException>(() => monitor.Measure()).Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => new CollapseMonitor(windowSize: 1));
        Assert.Throws<CassInputException>(() => new CollapseMonitor(thresholds: new CollapseThresholds { CollapsedSpread = 0.5 }));
        Assert.Throws<CassInputException>(() => new CollapseMonitor(thresholds: new CollapseThresholds { HealthyTopComponentShare = 1.2 }));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void Narrow_types_will_do_and_gradients_are_not_kept(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var monitor = new CollapseMonitor();
        monitor.Update("cnn", WithSpread(0.8).to(type).requires_grad_());
        Assert.Equal(CollapseVerdict.Healthy, monitor.Measure().Verdict);
    }

    [Fact]
    public void Updating_and_measuring_leave_nothing_behind()
    {
        using var embeddings = Sample.Normal(1, 8, 4);
        using var monitor = new CollapseMonitor(windowSize: 20);
        Expect.LeavesTensors(0, () =>
        {
            monitor.Update("cnn", embeddings);
            _ = monitor.Measure();
        });
    }

    /// <summary>Embeddings whose direction is common to all but for a part that gives the spread.</summary>
    private static Tensor WithSpread(double spread)
    {
        const int Dimensions = 256;
        var common = zeros(1, Dimensions, ScalarType.Float64);
        common[0, 0] = 1.0;
        var own = Sample.Normal(5, 400, Dimensions) / Math.Sqrt(Dimensions);
        return common + (own * (spread / Math.Sqrt(1 - (spread * spread))));
    }
}
