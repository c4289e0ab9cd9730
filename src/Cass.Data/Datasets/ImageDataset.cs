namespace Cass.Data;

/// <summary>
/// Images with their classes and groups. Immutable; parts of it share its storage, so that subsets and splits of
/// millions of rows are cheap. Images are opened when they are decoded, not before.
/// </summary>
public sealed partial class ImageDataset
{
    private readonly ImageColumn images;
    private readonly LabelColumn? labels;
    private readonly GroupColumn? groups;
    private readonly int[]? rows;
    private readonly Lazy<int[]> classCounts;

    internal ImageDataset(ImageColumn images, LabelColumn? labels, GroupColumn? groups, int[]? rows = null, IReadOnlyList<string>? warnings = null)
    {
        Warnings = warnings ?? [];
        this.images = images;
        this.labels = labels;
        this.groups = groups;
        this.rows = rows;
        Images = new ImageSourceList(this);
        classCounts = new Lazy<int[]>(CountClasses);
    }

    /// <summary>Number of images.</summary>
    public int Count => rows?.Length ?? images.Count;

    /// <summary>The images, in order.</summary>
    public IReadOnlyList<IImageSource> Images { get; }

    /// <summary>Whether the images have labels.</summary>
    public bool IsLabeled => labels is not null;

    /// <summary>The classes, by id and name.</summary>
    /// <exception cref="CassInputException">The images have no labels.</exception>
    public LabelMap Labels => RequiredLabels.Map;

    /// <summary>Whether an image may have several labels or none. False for unlabelled images.</summary>
    public bool IsMultiLabel => labels is { IsMultiLabel: true };

    /// <summary>Whether the images belong to groups, such as patients.</summary>
    public bool IsGrouped => groups is not null;

    /// <summary>
    /// What was noticed when the images were read and is likely to be a mistake, a sentence each: files that were left out,
    /// folders that look like the parts of a split, groups that differ only in case. Parts of a dataset have those of
    /// the whole. A trainer logs them.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Number of images of each class, by id; an image counts once for each of its labels.</summary>
    /// <exception cref="CassInputException">The images have no labels.</exception>
    public IReadOnlyList<int> ClassCounts => classCounts.Value;

    /// <summary>The folders that the images are read from.</summary>
    internal IReadOnlyList<string> Folders => images.Folders;

    private LabelColumn RequiredLabels => labels
        ?? throw new CassInputException("These images have no labels; read them from folders named after their classes, or from a manifest with a column of targets.");

    /// <summary>Wraps unlabelled images.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <returns>A dataset without labels.</returns>
    /// <exception cref="CassInputException">There is no image.</exception>
    public static ImageDataset FromImages(IEnumerable<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var builder = new ImageDatasetBuilder();
        foreach (var image in images)
        {
            builder.Add(image);
        }

        return builder.Build();
    }

    /// <summary>Wraps images with one label each.</summary>
    /// <param name="images">The images and the names of their classes, at least one.</param>
    /// <param name="labels">The classes; null numbers those that occur by name, in ordinal order.</param>
    /// <returns>A dataset with labels.</returns>
    /// <exception cref="CassInputException">There is no image, or a class that the map does not know.</exception>
    public static ImageDataset FromImages(IEnumerable<(IImageSource Image, string Label)> images, LabelMap? labels = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        var builder = new ImageDatasetBuilder(labels);
        foreach (var (image, label) in images)
        {
            builder.Add(image, [label]);
        }

        return builder.Build();
    }

    /// <summary>The <see cref="Warnings"/> of the dataset that a list of images is the <see cref="Images"/> of.</summary>
    /// <param name="images">Any list of images.</param>
    /// <returns>The warnings; none for a list of another origin.</returns>
    public static IReadOnlyList<string> WarningsOf(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images is ImageSourceList { Dataset: var dataset } ? dataset.Warnings : [];
    }

    /// <summary>
    /// The folder of images that a path is or lies in, links followed: files that are written there may be taken for images, or
    /// for a class, when the images are read again. That is the folder that <see cref="ImageFolder"/> read, with all that it led
    /// to; for a <see cref="CsvManifest"/> the folders that its images are in, and its own unless the process works in it.
    /// </summary>
    /// <param name="images">Any list of images; what is known of a dataset's <see cref="Images"/> is known of the dataset as a whole.</param>
    /// <param name="path">A path, which need not exist.</param>
    /// <returns>The folder; null where the path is in none of them.</returns>
    /// <example><code>
    /// ImageDataset.FolderAround(ImageFolder.Read("scans").Images, "scans/results");   // "scans"
    /// </code></example>
    public static string? FolderAround(IReadOnlyList<IImageSource> images, string path)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var folders = images is ImageSourceList { Dataset: var dataset } ? dataset.Folders : SourceFolders.OfFiles(images);
        return folders.Count == 0 ? null : folders.FirstOrDefault(new EnclosingFolders(path).Contains);
    }

    /// <summary>The class ids of an image, in the order of its manifest; one, unless <see cref="IsMultiLabel"/>; none for unlabelled images.</summary>
    /// <param name="index">Position of the image.</param>
    /// <returns>Ids in <see cref="Labels"/>.</returns>
    public IReadOnlyList<int> LabelsOf(int index) => labels is null ? [] : labels[RowOf(index)];

    /// <summary>The group of an image, such as the patient.</summary>
    /// <param name="index">Position of the image.</param>
    /// <returns>The group's name; null where the images have no groups.</returns>
    public string? GroupOf(int index) => groups?.Names[groups.Ids[RowOf(index)]];

    /// <summary>What an image is called: its path, for a file.</summary>
    /// <param name="index">Position of the image.</param>
    /// <returns>The name.</returns>
    public string NameOf(int index) => images.NameOf(RowOf(index));

    /// <summary>Writes the targets of an image.</summary>
    /// <param name="index">Position of the image.</param>
    /// <param name="target">Takes 1 for every class of the image and 0 for the others; exactly as long as there are classes.</param>
    /// <exception cref="CassInputException">The images have no labels.</exception>
    public void WriteTarget(int index, Span<float> target)
    {
        var column = RequiredLabels;
        if (target.Length != column.Map.Count)
        {
            throw new ArgumentException($"A target has {column.Map.Count} entries, one for each class; the span has {target.Length}.", nameof(target));
        }

        target.Clear();
        foreach (var id in column.Span(RowOf(index)))
        {
            target[id] = 1;
        }
    }

    /// <summary>
    /// A weight for each image, for <see cref="ImageLoaderOptions.SamplingWeights"/>: that of its class, or the mean of
    /// those of its classes. With the inverse class counts, all classes come up equally often.
    /// </summary>
    /// <param name="classWeights">A weight of at least 0 for each class, by id in <see cref="Labels"/>.</param>
    /// <returns>A weight for each image; 0 for images without a label.</returns>
    /// <exception cref="CassInputException">The images have no labels, or the numbers of weights and classes differ.</exception>
    public IReadOnlyList<double> SamplingWeights(IReadOnlyList<double> classWeights)
    {
        ArgumentNullException.ThrowIfNull(classWeights);
        var column = RequiredLabels;
        if (classWeights.Count != column.Map.Count)
        {
            throw new CassInputException($"There are {classWeights.Count} weights for {column.Map.Count} classes ({column.Map}); give one to each.");
        }

        var weights = new double[Count];
        for (var i = 0; i < weights.Length; i++)
        {
            var ids = column.Span(RowOf(i));
            foreach (var id in ids)
            {
                weights[i] += classWeights[id] / ids.Length;
            }
        }

        return weights;
    }

    /// <summary>Some of the images, in the order given; a position may come up more than once.</summary>
    /// <param name="indices">Positions in this dataset.</param>
    /// <returns>A dataset that shares this one's storage and label map.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A position is not in the dataset.</exception>
    public ImageDataset Subset(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var subset = new int[indices.Count];
        for (var i = 0; i < subset.Length; i++)
        {
            subset[i] = RowOf(indices[i]);
        }

        return new ImageDataset(images, labels, groups, subset, Warnings);
    }

    /// <summary>Checks that a classifier can be trained on the images.</summary>
    /// <exception cref="CassInputException">There are no labels, or all images are of one class.</exception>
    public void RequireClasses()
    {
        if (!RequiredLabels.IsMultiLabel && ClassCounts.Count(c => c > 0) < 2)
        {
            var only = ClassCounts.Count == 0 ? "none" : $"'{Labels[ClassCounts.ToList().FindIndex(c => c > 0)]}'";
            throw new CassInputException($"All {Count} images are of one class, {only}; a classifier needs at least two. Is the folder the one above the class folders?");
        }
    }

    /// <summary>A dataset over a list of images; the list of a dataset gives that dataset's images without its labels.</summary>
    internal static ImageDataset Unlabeled(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images is ImageSourceList { Dataset: var dataset }
            ? new ImageDataset(dataset.images, null, null, dataset.rows, dataset.Warnings)
            : new ImageDataset(new SourceColumn([.. images.Select((image, i) => image ?? throw new ArgumentException($"Image {i} is null.", nameof(images)))]), null, null);
    }

    /// <summary>The same images with further warnings.</summary>
    internal ImageDataset WithWarnings(IEnumerable<string> further) => new(images, labels, groups, rows, [.. Warnings, .. further]);

    internal IImageSource ImageAt(int index) => images[RowOf(index)];

    internal int RowOf(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The dataset has {Count} images, numbered from 0.");
        }

        return rows is null ? index : rows[index];
    }

    private int[] CountClasses()
    {
        var column = RequiredLabels;
        var counts = new int[column.Map.Count];
        for (var i = 0; i < Count; i++)
        {
            foreach (var id in column.Span(rows is null ? i : rows[i]))
            {
                counts[id]++;
            }
        }

        return counts;
    }
}
