using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Embedding statistics against cases whose values are known, and against plain loops.</summary>
public sealed class EmbeddingStatisticsTests
{
    [Theory]
    [InlineData(12, 5)]
    [InlineData(5, 12)]
    [InlineData(2, 1)]
    public void They_equal_their_definitions(int samples, int dimensions)
    {
        using var scope = NewDisposeScope();
        var embeddings = Sample.Normal(3, samples, dimensions) + 0.5;
        var statistics = EmbeddingStatistics.Of(embeddings);
        var unit = Rows(embeddings / embeddings.norm(1, keepdim: true));

        for (var j = 0; j < dimensions; j++)
        {
            var column = unit.Select(row => row[j]).ToArray();
            var variance = column.Sum(x => Math.Pow(x - column.Average(), 2)) / (samples - 1);
            Assert.Equal(Math.Sqrt(variance), statistics.StandardDeviations[j], 10);
        }

        Assert.Equal(statistics.StandardDeviations.Average() * Math.Sqrt(dimensions), statistics.Spread, 12);

        var pairs = (from a in Enumerable.Range(0, samples) from b in Enumerable.Range(0, samples) where a < b select Math.Exp(-2 * unit[a].Zip(unit[b]).Sum(p => Math.Pow(p.First - p.Second, 2)))).ToList();
        Assert.Equal(Math.Log(pairs.Average()), statistics.Uniformity, 10);

        var singular = linalg.svdvals(embeddings).data<double>().ToArray();
        var p = singular.Select(value => (value / singular.Sum()) + 1e-7).ToArray();
        Assert.Equal(Math.Exp(-p.Sum(value => value * Math.Log(value))), statistics.EffectiveRank, 1e-6);

        var centered = tensor([.. unit.SelectMany(row => row)], [samples, dimensions]);
        var variances = linalg.svdvals(centered - centered.mean([0], keepdim: true)).square();
        Assert.Equal(variances.sum().ToDouble() == 0 ? 1 : (variances.max() / variances.sum()).ToDouble(), statistics.TopComponentShare, 10);
    }

    [Fact]
    public void Orthonormal_embeddings_have_full_rank()
    {
        using var scope = NewDisposeScope();
        var statistics = EmbeddingStatistics.Of(eye(8, dtype: ScalarType.Float32));
        Assert.Equal(8, statistics.EffectiveRank, 1e-4);
        Assert.Equal(-4, statistics.Uniformity, 1e-6);
        Assert.Equal(1.0 / 7, statistics.TopComponentShare, 1e-6);
        Assert.Equal(1, statistics.Spread, 1e-6);
    }

    [Fact]
    public void Random_directions_have_a_spread_of_about_one()
    {
        using var scope = NewDisposeScope();
        var statistics = EmbeddingStatistics.Of(Sample.Normal(1, 512, 128));
        Assert.InRange(statistics.Spread, 0.98, 1.02);
        Assert.InRange(statistics.Uniformity, -4, -3.7);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    [InlineData(0.0)]
    public void Equal_embeddings_have_no_spread_and_rank_one(double scale)
    {
        using var scope = NewDisposeScope();
        var statistics = EmbeddingStatistics.Of((Sample.Normal(1, 1, 64) * scale).expand(32, 64));
        Assert.Equal(0, statistics.Spread, 1e-12);
        Assert.Equal(1, statistics.EffectiveRank, 1e-3);
        Assert.Equal(0, statistics.Uniformity, 1e-12);
        Assert.Equal(1, statistics.TopComponentShare);
    }

    [Fact]
    public void Rank_and_spread_ignore_the_order_of_samples_and_the_scale() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var embeddings = Sample.Normal(seed, 9, 6);
                long[] order = [.. Enumerable.Range(0, 9).Select(i => (long)i)];
                random.Shuffle(order);
                var one = EmbeddingStatistics.Of(embeddings);
                var other = EmbeddingStatistics.Of(embeddings.index_select(0, tensor(order)) * Math.Exp(random.NextDouble() * 10));
                Assert.Equal(one.Spread, other.Spread, 1e-9);
                Assert.Equal(one.EffectiveRank, other.EffectiveRank, 1e-6);
                Assert.Equal(one.Uniformity, other.Uniformity, 1e-9);
                Assert.Equal(one.TopComponentShare, other.TopComponentShare, 1e-9);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Alignment_is_the_mean_squared_distance_of_pairs()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 0, 0, 2 }, [2, 2]);
        Assert.Equal(0, EmbeddingStatistics.Alignment(x, x * 3), 12);
        Assert.Equal(4, EmbeddingStatistics.Alignment(x, -x), 12);
        Assert.Equal(2, EmbeddingStatistics.Alignment(x, x.flip(1)), 12);
    }

    [Fact]
    public void Wrong_embeddings_are_named_with_their_shape()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("[1, 4]", Assert.Throws<ArgumentException>(() => EmbeddingStatistics.Of(zeros(1, 4))).Message, StringComparison.Ordinal);
        Assert.Contains("[4]", Assert.Throws<ArgumentException>(() => EmbeddingStatistics.Of(zeros(4))).Message, StringComparison.Ordinal);
        Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => EmbeddingStatistics.Of(zeros(4, 4, ScalarType.Int64))).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<CassInputException>(() => EmbeddingStatistics.Of(full(4, 4, float.NaN))).Message, StringComparison.Ordinal);
        var message = Assert.Throws<ArgumentException>(() => EmbeddingStatistics.Alignment(zeros(2, 3), zeros(2, 4))).Message;
        Assert.Contains("[2, 3]", message, StringComparison.Ordinal);
        Assert.Contains("[2, 4]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Measuring_leaves_nothing_behind()
    {
        using var embeddings = Sample.Normal(1, 8, 4);
        Expect.LeavesTensors(0, () => _ = EmbeddingStatistics.Of(embeddings));
        Expect.LeavesTensors(0, () => _ = EmbeddingStatistics.Alignment(embeddings, embeddings));
    }

    private static double[][] Rows(Tensor matrix) => [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(i => matrix[i].data<double>().ToArray())];
}
