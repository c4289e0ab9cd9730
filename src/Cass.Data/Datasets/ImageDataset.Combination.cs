namespace Cass.Data;

/// <content>Combination, filtering and renumbering.</content>
public sealed partial class ImageDataset
{
    /// <summary>
    /// Several datasets one after the other. Classes are matched by name: those of the first keep their ids, and
    /// classes that only later ones have follow in their order. Either all have labels or none; the same goes for groups.
    /// </summary>
    /// <param name="datasets">The parts, at least one.</param>
    /// <returns>All images.</returns>
    /// <exception cref="CassInputException">Some parts have labels or groups and others not; or the classes of two parts differ only in case, white space or Unicode form.</exception>
    public static ImageDataset Concat(params IReadOnlyList<ImageDataset> datasets)
    {
        ArgumentNullException.ThrowIfNull(datasets);
        if (datasets.Count == 0)
        {
            throw new ArgumentException("There is nothing to put together.", nameof(datasets));
        }

        RequireAgreement(datasets, d => d.IsLabeled, "labels");
        RequireAgreement(datasets, d => d.IsGrouped, "groups");
        if (datasets[0].IsLabeled)
        {
            RequireDistinctClasses(datasets);
        }

        var map = datasets[0].IsLabeled ? new LabelMap(datasets.SelectMany(d => d.Labels.Names).Distinct(StringComparer.Ordinal)) : null;
        var builder = new ImageDatasetBuilder(map, datasets.Any(d => d.IsMultiLabel));
        foreach (var dataset in datasets)
        {
            for (var i = 0; i < dataset.Count; i++)
            {
                builder.Add(dataset.ImageAt(i), map is null ? null : dataset.LabelsOf(i).Select(id => dataset.Labels[id]), dataset.GroupOf(i));
            }
        }

        builder.Origins = datasets;
        builder.Warnings.AddRange(datasets.SelectMany(d => d.Warnings).Distinct(StringComparer.Ordinal));
        return builder.Build();
    }

    /// <summary>The images that a condition holds for, in order.</summary>
    /// <param name="predicate">The condition on a position, to be looked up with <see cref="NameOf"/>, <see cref="LabelsOf"/> or <see cref="GroupOf"/>.</param>
    /// <returns>A dataset that shares this one's storage and label map; it may be empty.</returns>
    public ImageDataset Where(Func<int, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Subset([.. Enumerable.Range(0, Count).Where(predicate)]);
    }

    /// <summary>The same images with their classes numbered by another map, matched by name.</summary>
    /// <param name="map">The numbering, such as that of a trained model.</param>
    /// <returns>The dataset under that map.</returns>
    /// <exception cref="CassInputException">An image is of a class that the map does not have.</exception>
    public ImageDataset WithLabels(LabelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var column = RequiredLabels;
        if (column.Map.Equals(map))
        {
            return this;
        }

        var present = ClassCounts;
        int[] ids = [.. column.Map.Names.Select((name, id) => present[id] > 0 ? map.IdOf(name) : -1)];

        // The labels are in this dataset's order now, so that the images and groups must be too.
        return new ImageDataset(ImagesInOrder(), LabelsInOrder(column, map, ids), groups is null ? null : groups with { Ids = GroupIds() }, warnings: Warnings);
    }

    /// <summary>The same images in other groups, such as patients, or the <see cref="DuplicateClusters.Groups"/> of duplicates.</summary>
    /// <param name="groups">The group of each image, by name.</param>
    /// <returns>The dataset with these groups in place of those it had.</returns>
    /// <exception cref="CassInputException">The number of groups is not that of the images, or one has no name.</exception>
    public ImageDataset WithGroups(IReadOnlyList<string> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.Count != Count)
        {
            throw new CassInputException($"There are groups for {groups.Count} images, and {Count} images; give each image the name of its group.");
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new int[Count];
        for (var i = 0; i < ids.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(groups[i]))
            {
                throw new CassInputException($"The group of image {i}, '{NameOf(i)}', has no name; name the group of each image.");
            }

            if (!numbers.TryGetValue(groups[i], out ids[i]))
            {
                ids[i] = numbers.Count;
                numbers.Add(groups[i], ids[i]);
            }
        }

        int[]? same = labels is null ? null : [.. Enumerable.Range(0, labels.Map.Count)];
        return new ImageDataset(
            ImagesInOrder(),
            labels is null ? null : LabelsInOrder(labels, labels.Map, same!),
            new GroupColumn(ids, [.. numbers.Keys]),
            warnings: Warnings);
    }

    private ImageColumn ImagesInOrder() => rows is null ? images : new PickedColumn(images, rows);

    private LabelColumn LabelsInOrder(LabelColumn column, LabelMap map, int[] newIds)
    {
        var values = new List<int>(Count);
        var ends = new int[Count];
        for (var i = 0; i < ends.Length; i++)
        {
            foreach (var id in column.Span(RowOf(i)))
            {
                values.Add(newIds[id]);
            }

            ends[i] = values.Count;
        }

        return new LabelColumn(map, [.. values], column.IsMultiLabel ? ends : null);
    }

    private static void RequireDistinctClasses(IReadOnlyList<ImageDataset> datasets)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in datasets.SelectMany(d => d.Labels.Names))
        {
            var key = NameLikeness.KeyOf(name);
            if (!known.TryAdd(key, name) && known[key] is var other && !string.Equals(other, name, StringComparison.Ordinal)
                && !datasets.Any(d => d.Labels.TryGetId(name, out _) && d.Labels.TryGetId(other, out _)))
            {
                throw new CassInputException($"The classes '{NameLikeness.Shown(other)}' and '{NameLikeness.Shown(name)}' of two parts differ only in {NameLikeness.Difference(other, name)}, and would be two classes; write them alike, or read all parts with one label map.");
            }
        }
    }

    private static void RequireAgreement(IReadOnlyList<ImageDataset> datasets, Func<ImageDataset, bool> has, string what)
    {
        for (var i = 1; i < datasets.Count; i++)
        {
            if (has(datasets[i]) != has(datasets[0]))
            {
                throw new CassInputException($"Part {i + 1} has {(has(datasets[i]) ? string.Empty : "no ")}{what}, part 1 has {(has(datasets[0]) ? "some" : "none")}; give them to all parts or none.");
            }
        }
    }
}
