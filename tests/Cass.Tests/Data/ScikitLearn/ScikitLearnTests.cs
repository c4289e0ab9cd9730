using System.Globalization;
using System.Text.Json;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.ScikitLearn;

/// <summary>Splits against scikit-learn, to the index (see generate.py beside this file).</summary>
public sealed class ScikitLearnTests
{
    [Fact]
    public void Stratified_folds_are_equal() => ForEveryRow(row =>
    {
        var labels = Indices(row.GetProperty("labels"));
        AssertFolds(row, "stratified_kfold", k => StratifiedKFold.Split(labels, k));
        AssertFolds(row, "stratified_kfold_shuffled", k => StratifiedKFold.Split(labels, k, row.GetProperty("seed").GetInt64()));
    });

    [Fact]
    public void Folds_in_order_are_equal() => ForEveryRow(row => AssertFolds(row, "kfold", k => KFold.Split(row.GetProperty("labels").GetArrayLength(), k)));

    [Fact]
    public void Stratified_samples_are_equal() => ForEveryRow(row =>
    {
        foreach (var sample in row.GetProperty("stratified_sample").EnumerateObject())
        {
            Assert.Equal(Indices(sample.Value), StratifiedSample.Draw(Indices(row.GetProperty("labels")), Number(sample.Name), row.GetProperty("seed").GetInt64()));
        }
    });

    [Fact]
    public void Splits_by_group_are_equal() => ForEveryRow(row =>
    {
        foreach (var expected in row.GetProperty("group_shuffle").EnumerateObject())
        {
            var fraction = double.Parse(expected.Name, CultureInfo.InvariantCulture);
            var split = GroupShuffleSplit.Split(Indices(row.GetProperty("groups")), fraction, row.GetProperty("seed").GetInt64());
            Assert.Equal(Indices(expected.Value[0]), split.Train);
            Assert.Equal(Indices(expected.Value[1]), split.Test);
        }
    });

    [Fact]
    public void Folds_by_group_are_equal() => ForEveryRow(row => AssertFolds(row, "group_kfold", k => GroupKFold.Split(Indices(row.GetProperty("groups")), k)));

    private static void ForEveryRow(Action<JsonElement> check)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "ScikitLearn", "splits.json")));
        foreach (var row in document.RootElement.EnumerateArray())
        {
            check(row);
        }
    }

    private static void AssertFolds(JsonElement row, string name, Func<int, IReadOnlyList<IndexSplit>> split)
    {
        foreach (var expected in row.GetProperty(name).EnumerateObject())
        {
            var splits = split(Number(expected.Name));
            Assert.Equal(expected.Value.GetArrayLength(), splits.Count);
            for (var k = 0; k < splits.Count; k++)
            {
                Assert.Equal(Indices(expected.Value[k]), splits[k].Test);
                Assert.Empty(splits[k].Train.Intersect(splits[k].Test));
            }
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int[] Indices(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
