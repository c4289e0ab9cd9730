using System.Globalization;

namespace Cass.Data;

/// <summary>
/// Divides the images of a dataset into clusters of duplicates: images that are equal or look alike, directly or through
/// others, are in one cluster. Split by clusters, no image of one part has a duplicate in the other.
/// </summary>
/// <remarks>
/// <code>
/// var clusters = DuplicateClusters.Find(images);
/// var (train, test) = images.WithGroups(clusters.Groups).SplitByGroup(0.2, seed: 77, stratify: true);
/// </code>
/// Where the dataset has groups, such as patients, images of one group stay in one cluster. Clusters are chains: the first
/// and the last image of one may look different. Nearly uniform images, such as empty slices, all look alike and
/// chain what is not the same; see <see cref="Warning"/>.
/// </remarks>
public sealed class DuplicateClusters
{
    private const int FewImages = 10;
    private const double LargeShare = 0.1;

    private readonly ImageGroups clusters;

    private DuplicateClusters(ImageDataset images, ImageGroups clusters)
    {
        this.clusters = clusters;
        Sizes = [.. Enumerable.Range(0, clusters.Count).Select(cluster => clusters[cluster].Length)];
        string[] names = [.. Enumerable.Range(0, clusters.Count).Select(cluster => images.NameOf(clusters[cluster][0]))];
        Groups = [.. clusters.GroupOf.Select(cluster => names[cluster])];
        Largest = Sizes.Count == 0 ? [] : clusters[Enumerable.Range(0, Sizes.Count).MaxBy(cluster => Sizes[cluster])].ToArray();
    }

    /// <summary>Number of images.</summary>
    public int Images => Groups.Count;

    /// <summary>Number of clusters; images without a duplicate are clusters of one.</summary>
    public int Count => Sizes.Count;

    /// <summary>The number of the cluster of each image; clusters are numbered from 0 by their first image.</summary>
    public IReadOnlyList<int> ClusterOf => clusters.GroupOf;

    /// <summary>Number of images of each cluster.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>For each image, the name of the first image of its cluster, as <see cref="ImageDataset.WithGroups"/> takes it.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>Positions of the images of the largest cluster, ascending.</summary>
    public IReadOnlyList<int> Largest { get; }

    /// <summary>
    /// What speaks against a split by these clusters, as a sentence: more than a tenth of the images, and at least ten,
    /// are in one cluster, as where images are nearly uniform. Null where nothing does.
    /// </summary>
    public string? Warning => Largest.Count >= FewImages && Largest.Count > LargeShare * Images
        ? string.Create(CultureInfo.InvariantCulture, $"One cluster of near-duplicates holds {Largest.Count:N0} of the {Images:N0} images ('{Groups[Largest[0]]}' and others): they are too much alike to tell copies by their looks. Look at them, leave out empty images, or lower the distance.")
        : null;

    /// <summary>Compares all images of a dataset.</summary>
    /// <param name="images">The images.</param>
    /// <param name="maxDistance">Largest number of differing bits, of 64, of images that look alike; 0 to 15. Default 4.</param>
    /// <param name="workers">Number of threads; null for <see cref="AvailableProcessors.Count"/>.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The clusters.</returns>
    /// <exception cref="CassInputException">The distance is out of range, or an image cannot be read.</exception>
    public static DuplicateClusters Find(ImageDataset images, int maxDistance = 4, int? workers = null, CancellationToken cancellationToken = default) =>
        Find(images, new DuplicateSearchOptions { MaxDistance = maxDistance, Workers = workers }, progress: null, cancellationToken);

    /// <summary>Compares all images of a dataset.</summary>
    /// <param name="images">The images.</param>
    /// <param name="options">How far they are compared.</param>
    /// <param name="progress">Told how many images have been read, after each.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The clusters.</returns>
    /// <exception cref="CassInputException">The distance is out of range, or an image cannot be read.</exception>
    public static DuplicateClusters Find(ImageDataset images, DuplicateSearchOptions options, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);
        var search = new DuplicateSearch([("images", images)], options, progress, cancellationToken);
        return new DuplicateClusters(images, search.Clusters(cancellationToken));
    }

    /// <summary>A summary in one line.</summary>
    /// <returns>How many clusters there are, and how large they get.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Images:N0} images in {Count:N0} clusters, {Sizes.Count(size => size > 1):N0} of them of several images, the largest of {Largest.Count:N0}.");
}
