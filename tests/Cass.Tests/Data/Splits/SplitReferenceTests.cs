using System.Text.Json;
using Cass.Data;
using Cass.Tests.Reference;
using Xunit;

namespace Cass.Tests.Data.Splits;

[Trait("Category", "Reference")]
public sealed class SplitReferenceTests
{
    [Fact]
    public void Random_splits_equal_scikit_learn() => ForEveryCase((row, n, fraction, seed) =>
    {
        var split = ShuffleSplit.Split(n, fraction, seed);
        Assert.Equal(Indices(row, "train"), split.Train);
        Assert.Equal(Indices(row, "test"), split.Test);
    });

    [Fact]
    public void Stratified_splits_equal_scikit_learn() => ForEveryCase((row, n, fraction, seed) =>
    {
        if (!row.TryGetProperty("stratified_train", out _))
        {
            return;
        }

        Assert.Equal("label(i) = i*i mod 4", row.GetProperty("labels_rule").GetString());
        int[] labels = [.. Enumerable.Range(0, n).Select(i => (int)((long)i * i % 4))];
        var split = StratifiedShuffleSplit.Split(labels, fraction, seed);
        Assert.Equal(Indices(row, "stratified_train"), split.Train);
        Assert.Equal(Indices(row, "stratified_test"), split.Test);
    });

    [Fact]
    public void Random_samples_equal_CPython() => ForEveryCase((row, n, fraction, seed) =>
    {
        var train = row.GetProperty("train").GetArrayLength();
        foreach (var property in row.EnumerateObject().Where(p => p.Name.StartsWith("python_random_sample_", StringComparison.Ordinal)))
        {
            var expected = Indices(row, property.Name);
            Assert.Equal((int)(train * 0.1), expected.Length);
            Assert.Equal(expected, RandomSample.Draw(train, expected.Length, seed));
        }
    });

    [Fact]
    public void Shuffled_folds_equal_scikit_learn() => ForEveryCase((row, n, fraction, seed) =>
    {
        foreach (var property in row.EnumerateObject().Where(p => p.Name.StartsWith("kfold", StringComparison.Ordinal)))
        {
            var folds = property.Value.GetArrayLength();
            var splits = KFold.Split(n, folds, seed);
            for (var k = 0; k < folds; k++)
            {
                Assert.Equal([.. property.Value[k].EnumerateArray().Select(e => e.GetInt32())], splits[k].Test);
                Assert.Equal(Enumerable.Range(0, n).Except(splits[k].Test), splits[k].Train);
            }
        }
    });

    [Fact]
    public void A_dataset_splits_and_samples_by_the_same_indices() => ForEveryCase((row, n, fraction, seed) =>
    {
        var dataset = ImageDataset.FromImages(Enumerable.Range(0, n).Select(i => (IImageSource)new ImageFile($"{i}.png")));
        var (train, test) = dataset.Split(fraction, seed);
        Assert.Equal(Indices(row, "train").Select(i => $"{i}.png"), train.Images.Select(i => i.Name), StringComparer.Ordinal);
        Assert.Equal(Indices(row, "test").Select(i => $"{i}.png"), test.Images.Select(i => i.Name), StringComparer.Ordinal);
        if (train.Count >= 10)
        {
            var drawn = Indices(row, "python_random_sample_10pct_of_train");
            Assert.Equal(drawn.Select(i => train.NameOf(i)), train.Sample(0.1, seed).Images.Select(i => i.Name), StringComparer.Ordinal);
        }
    });

    private static void ForEveryCase(Action<JsonElement, int, double, long> check)
    {
        var cases = 0;
        foreach (var (_, document) in ReferenceFolder.Json("splits*.json"))
        {
            using (document)
            {
                foreach (var row in document.RootElement.EnumerateArray())
                {
                    check(row, row.GetProperty("n").GetInt32(), row.GetProperty("test_size").GetDouble(), row.GetProperty("seed").GetInt64());
                    cases++;
                }
            }
        }

        Assert.True(cases > 0);
    }

    private static int[] Indices(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];
}
