using Cass.Data;
using Xunit;
using static Cass.Tests.Data.Leakage.DuplicateScenes;

namespace Cass.Tests.Data.Leakage;

public sealed class DuplicateClustersTests
{
    [Fact]
    public void Copies_of_every_kind_are_one_cluster_and_stay_on_one_side_of_a_split()
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 40).SelectMany(i => ((IImageSource, string)[])
        [
            (Original(i, $"{i}"), i % 2 == 0 ? "even" : "odd"),
            ((i % 4) switch
            {
                0 => Original(i, $"{i} again"),
                1 => SamePixels(i, $"{i} in colour"),
                2 => Recompressed(i, $"{i} compressed"),
                _ => Smaller(i, $"{i} smaller"),
            }, i % 2 == 0 ? "even" : "odd"),
        ]));
        var clusters = DuplicateClusters.Find(images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 80).Select(i => i / 2), clusters.ClusterOf);
        Assert.Equal(Enumerable.Range(0, 80).Select(i => $"{i / 2}"), clusters.Groups);
        Assert.Equal(40, clusters.Count);
        Assert.All(clusters.Sizes, size => Assert.Equal(2, size));
        Assert.Equal([0, 1], clusters.Largest);
        Assert.Null(clusters.Warning);
        Assert.Equal("80 images in 40 clusters, 40 of them of several images, the largest of 2.", clusters.ToString());

        var (plainTrain, plainTest) = images.Split(0.25, seed: 3, stratify: true);
        Assert.NotEmpty(LeakageReport.Compare([("training", plainTrain), ("test", plainTest)]).MatchesOf("test"));
        var (train, test) = images.WithGroups(clusters.Groups).SplitByGroup(0.25, seed: 3, stratify: true);
        Assert.True(LeakageReport.Compare([("training", train), ("test", test)]).IsClean);
        Assert.Equal((60, 20), (train.Count, test.Count));
        Assert.Equal([10, 10], test.ClassCounts);
    }

    [Fact]
    public void Where_no_image_has_a_copy_the_split_by_clusters_is_the_stratified_split()
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 30).Select(i => (Original(i, $"{i}"), i % 3 == 0 ? "third" : "other")));
        var clusters = DuplicateClusters.Find(images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(30, clusters.Count);
        var (train, test) = images.WithGroups(clusters.Groups).SplitByGroup(0.2, seed: 77, stratify: true);
        var (plainTrain, plainTest) = images.Split(0.2, seed: 77, stratify: true);
        Assert.Equal(Names(plainTrain), Names(train));
        Assert.Equal(Names(plainTest), Names(test));
    }

    [Fact]
    public void A_patient_s_images_stay_together_and_bring_their_duplicates_along()
    {
        var images = new ImageDatasetBuilder()
            .Add(Original(1, "1"), group: "a")
            .Add(Original(2, "2"), group: "a")
            .Add(Original(3, "3"), group: "b")
            .Add(Recompressed(2, "2 of another patient"), group: "c")
            .Build();
        Assert.Equal([0, 0, 1, 0], DuplicateClusters.Find(images, cancellationToken: TestContext.Current.CancellationToken).ClusterOf);
        Assert.Equal([0, 0, 1, 2], DuplicateClusters.Find(images, new DuplicateSearchOptions { Depth = DuplicateDepth.Pixels }, cancellationToken: TestContext.Current.CancellationToken).ClusterOf);
    }

    [Fact]
    public void Uniform_images_form_one_cluster_and_a_warning_names_it()
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 30).Select(i =>
        {
            var pixels = new byte[32 * 32];
            pixels.AsSpan().Fill((byte)i);
            return i < 18 ? RawImage.FromBytes($"empty {i}", 32, 32, () => pixels) : Original(i, $"{i}");
        }));
        var clusters = DuplicateClusters.Find(images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 18), clusters.Largest);
        Assert.Contains("18 of the 30 images ('empty 0' and others)", clusters.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_go_with_the_images_through_subsets_and_must_be_complete()
    {
        var images = TestImages.Dataset(6).Subset([5, 3, 3, 0]);
        var grouped = images.WithGroups(["x", "y", "x", "z"]);
        Assert.Equal(["x", "y", "x", "z"], Enumerable.Range(0, 4).Select(grouped.GroupOf));
        Assert.Equal(Names(images), Names(grouped));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => images.LabelsOf(i)[0]), Enumerable.Range(0, 4).Select(i => grouped.LabelsOf(i)[0]));
        Assert.Contains("groups for 1 images, and 4", Assert.Throws<CassInputException>(() => images.WithGroups(["x"])).Message, StringComparison.Ordinal);
        Assert.Contains("image 1, 'image 3'", Assert.Throws<CassInputException>(() => images.WithGroups(["x", " ", "x", "x"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_in_one_group_cannot_be_split_and_is_named()
    {
        var images = TestImages.Dataset(8).WithGroups(["a", "b", "a", "c", "a", "d", "a", "e"]);
        var error = Assert.Throws<CassInputException>(() => images.SplitByGroup(0.4, seed: 1, stratify: true));
        Assert.Contains("The class 'even' has 4 images", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(ImageDataset images) => Enumerable.Range(0, images.Count).Select(images.NameOf);
}
