using Cass.Metrics;
using Cass.Tests.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void Rows_are_truth_and_columns_prediction()
    {
        using var scope = NewDisposeScope();
        using var confusion = new ConfusionMatrix();
        var scores = tensor(new[] { 0.9f, 0.1f, 0.0f, 0.2f, 0.7f, 0.1f, 0.6f, 0.3f, 0.1f, 0.1f, 0.2f, 0.3f }, [4, 3]);
        var classes = tensor(new long[] { 0, 1, 1, 0 });
        confusion.Update(scores, classes);

        long[,] expected = { { 1, 0, 1 }, { 1, 1, 0 }, { 0, 0, 0 } };
        Assert.Equal(expected, confusion.Counts());
        Assert.Equal(0.5, confusion.Compute());
        Assert.Equal(new[,] { { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 }, { 0, 0, 0 } }, confusion.Shares(ConfusionNormalization.Truth));
        Assert.Equal(new[,] { { 0.5, 0, 1 }, { 0.5, 1, 0 }, { 0, 0, 0 } }, confusion.Shares(ConfusionNormalization.Prediction));
        Assert.Equal(new[,] { { 0.25, 0, 0.25 }, { 0.25, 0.25, 0 }, { 0, 0, 0 } }, confusion.Shares(ConfusionNormalization.All));
        Assert.True(double.IsNaN(confusion.Shares(ConfusionNormalization.Truth, ZeroDivision.NaN)[2, 0]));

        using var oneHot = new ConfusionMatrix();
        oneHot.Update(scores, nn.functional.one_hot(classes, 3));
        oneHot.Merge(confusion);
        Assert.Equal(2, oneHot.Counts()[0, 2]);
        Assert.Equal(8, oneHot.Samples);
    }

    [Fact]
    public void Targets_must_have_exactly_one_label()
    {
        using var scope = NewDisposeScope();
        using var confusion = new ConfusionMatrix();
        foreach (var targets in new[] { zeros(2, 2), ones(2, 2), ones(2, 2, ScalarType.Bool), full(2, 2, 0.5f) })
        {
            Assert.Contains("one-hot", Assert.Throws<CassInputException>(() => confusion.Update(zeros(2, 2), targets)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<CassInputException>(() => confusion.Update(zeros(2, 2), tensor(new long[] { 0, -1 })));
    }

    [Fact]
    public void Updating_leaves_nothing_behind()
    {
        using var confusion = new ConfusionMatrix();
        using var scores = full(4, 3, 0.7f);
        using var targets = tensor(new long[] { 0, 1, 2, 0 });
        Expect.LeavesTensors(0, () =>
        {
            confusion.Update(scores, targets);
            _ = confusion.Compute();
            _ = confusion.Counts();
        });
    }
}
