using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class ImageDatasetTests
{
    [Fact]
    public void Subsets_of_subsets_keep_names_labels_and_groups_together()
    {
        var dataset = Numbered(20);
        var part = dataset.Subset([3, 17, 4, 4, 12]).Subset([4, 0, 2, 3]).Where(i => i != 1);
        Assert.Equal(["12", "4", "4"], part.Images.Select(i => i.Name));
        Assert.Equal(["c0", "c1", "c1"], Enumerable.Range(0, 3).Select(i => part.Labels[part.LabelsOf(i)[0]]));
        Assert.Equal(["g2", "g4", "g4"], Enumerable.Range(0, 3).Select(part.GroupOf));
        Assert.Equal([1, 2, 0], part.ClassCounts);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Subset([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.NameOf(-1));
    }

    [Fact]
    public void Datasets_are_put_together_by_the_names_of_their_classes()
    {
        var first = ImageDataset.FromImages([(new ImageFile("1"), "b"), (new ImageFile("2"), "a")]);
        var second = ImageDataset.FromImages([(new ImageFile("3"), "c"), (new ImageFile("4"), "b")]);
        var both = ImageDataset.Concat(first, second);
        Assert.Equal(["a", "b", "c"], both.Labels.Names);
        Assert.Equal(["b", "a", "c", "b"], Enumerable.Range(0, 4).Select(i => both.Labels[both.LabelsOf(i)[0]]));
        var unlabeled = ImageDataset.FromImages([new ImageFile("5")]);
        var alike = ImageDataset.FromImages([(new ImageFile("5"), "B")]);
        Assert.Contains("'b' and 'B' of two parts differ only in upper and lower case", Assert.Throws<CassInputException>(() => ImageDataset.Concat(first, alike)).Message, StringComparison.Ordinal);
        Assert.Contains("Part 2 has no labels", Assert.Throws<CassInputException>(() => ImageDataset.Concat(first, unlabeled)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Renumbering_goes_by_name()
    {
        var dataset = Numbered(9).Subset([8, 1, 3, 5]);
        var map = new LabelMap(["c2", "other", "c0", "c1"]);
        var renumbered = dataset.WithLabels(map);
        Assert.Same(map, renumbered.Labels);
        for (var i = 0; i < dataset.Count; i++)
        {
            Assert.Equal(dataset.Labels[dataset.LabelsOf(i)[0]], renumbered.Labels[renumbered.LabelsOf(i)[0]]);
            Assert.Equal(dataset.NameOf(i), renumbered.NameOf(i));
            Assert.Equal(dataset.GroupOf(i), renumbered.GroupOf(i));
        }

        Assert.Throws<CassInputException>(() => dataset.WithLabels(new LabelMap(["c0", "c1"])));
        Assert.Equal(3, dataset.Where(i => dataset.LabelsOf(i)[0] != 0).WithLabels(new LabelMap(["c1", "c2"])).Count);
    }

    [Fact]
    public void Grouped_splits_and_folds_keep_every_group_on_one_side()
    {
        var dataset = Numbered(100);
        var splits = dataset.KFoldsByGroup(4).Append(dataset.SplitByGroup(0.3, 5));
        foreach (var (train, test) in splits)
        {
            Assert.Equal(100, train.Count + test.Count);
            var groups = Enumerable.Range(0, train.Count).Select(train.GroupOf).ToHashSet();
            Assert.All(Enumerable.Range(0, test.Count), i => Assert.DoesNotContain(test.GroupOf(i), groups));
        }

        var ungrouped = TestImages.Dataset(4);
        Assert.Contains("no groups", Assert.Throws<CassInputException>(() => ungrouped.SplitByGroup()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stratified_samples_and_folds_keep_the_shares()
    {
        var dataset = Numbered(90);
        Assert.Equal([3, 3, 3], dataset.SampleStratified(0.1).ClassCounts);
        Assert.All(dataset.KFolds(5, stratify: true), fold => Assert.Equal([6, 6, 6], fold.Test.ClassCounts));
        Assert.Equal(90, dataset.KFolds(7).SelectMany(f => f.Test.Images.Select(i => i.Name)).Distinct().Count());
    }

    [Fact]
    public void Fractions_and_folds_that_cannot_be_are_refused_with_their_value()
    {
        var dataset = Numbered(10);
        AssertRefused("0", () => dataset.Split(0));
        AssertRefused("1.2", () => dataset.Split(1.2));
        AssertRefused("NaN", () => dataset.Split(double.NaN));
        AssertRefused("-1", () => dataset.Split(0.2, seed: -1));
        AssertRefused("leaves 0 to train on", () => dataset.Split(0.95));
        AssertRefused("0.01 of 10 images keeps none", () => dataset.Sample(0.01));
        AssertRefused("11 folds", () => dataset.KFolds(11));
        AssertRefused("is 1", () => dataset.KFolds(1));
        AssertRefused("too small for 3 classes", () => dataset.Split(0.2, stratify: true));
        AssertRefused("at least one image", () => ImageDataset.FromImages(Array.Empty<IImageSource>()));
        AssertRefused("no labels", () => ImageDataset.FromImages([new ImageFile("1")]).Labels);
        AssertRefused("The class 'b' has a single image among the 3", () => ImageDataset.FromImages([(new ImageFile("1"), "a"), (new ImageFile("2"), "a"), (new ImageFile("3"), "b")]).Split(0.5, stratify: true));
    }

    [Fact]
    public void A_class_with_fewer_images_than_folds_is_a_warning_of_every_fold()
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 23).Select(i => ((IImageSource)new ImageFile($"{i}"), i < 20 ? "often" : "seldom")));
        var folds = images.KFolds(5, stratify: true);
        Assert.Equal(2, folds.Count(fold => fold.Test.ClassCounts[1] == 0));
        Assert.All(folds, fold => Assert.Contains("'seldom' has 3 images for 5 folds: 2 of them test without it", Assert.Single(fold.Train.Warnings), StringComparison.Ordinal));
        Assert.All(images.KFolds(3, stratify: true), fold => Assert.Empty(fold.Test.Warnings));
    }

    private static ImageDataset Numbered(int count)
    {
        var builder = new ImageDatasetBuilder();
        for (var i = 0; i < count; i++)
        {
            builder.Add(new ImageFile($"{i}"), [$"c{i % 3}"], $"g{i % 5 + (i % 10 == 9 ? 5 : 0)}");
        }

        return builder.Build();
    }

    private static void AssertRefused(string part, Func<object> action)
    {
        var error = Assert.ThrowsAny<CassInputException>(action);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
