using System.Globalization;

namespace Cass.Data;

/// <summary>Puts a dataset together image by image.</summary>
public sealed class ImageDatasetBuilder
{
    private readonly LabelMap? map;
    private readonly Dictionary<string, int> provisional = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> groupIds = new(StringComparer.Ordinal);
    private readonly List<int> labels = [];
    private readonly List<int> labelEnds = [];
    private readonly List<int> groups = [];
    private readonly List<IImageSource>? sources;
    private readonly PathColumn? paths;
    private readonly bool multiLabel;

    /// <summary>Starts an empty dataset.</summary>
    /// <param name="labels">The classes; null numbers those that occur: by value where all names are whole numbers, otherwise by name in ordinal order.</param>
    /// <param name="multiLabel">Whether images may have several labels or none, even where all have one.</param>
    public ImageDatasetBuilder(LabelMap? labels = null, bool multiLabel = false)
    {
        map = labels;
        this.multiLabel = multiLabel;
        sources = [];
    }

    internal ImageDatasetBuilder(PathColumn paths, LabelMap? labels, bool multiLabel)
    {
        map = labels;
        this.paths = paths;
        this.multiLabel = multiLabel;
    }

    /// <summary>Number of images so far.</summary>
    public int Count => paths?.Count ?? sources!.Count;

    /// <summary>What the dataset's <see cref="ImageDataset.Warnings"/> are to say.</summary>
    internal List<string> Warnings { get; } = [];

    /// <summary>What a message on labels that are alike goes on with; empty where no label map can be given.</summary>
    internal string LabelMapAdvice { get; init; } = " If two classes are meant, give a label map that has both.";

    /// <summary>Datasets that the images are from; none where null.</summary>
    internal IReadOnlyList<ImageDataset>? Origins { get; set; }

    /// <summary>Adds an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">The names of its classes; null for unlabelled images, and then for all of them.</param>
    /// <param name="group">What it belongs to, such as a patient; null for none, and then for all images.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="CassInputException">A class is unknown or named twice; or some images have labels or groups and others not.</exception>
    public ImageDatasetBuilder Add(IImageSource image, IEnumerable<string>? labels = null, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (sources is null)
        {
            throw new InvalidOperationException("This builder takes paths.");
        }

        try
        {
            Describe(labels, group);
        }
        catch (ManifestException e)
        {
            throw new ManifestException($"The image '{image.Name}': {e.Message}", e);
        }

        sources.Add(image);
        return this;
    }

    /// <summary>Ends the dataset.</summary>
    /// <returns>The dataset.</returns>
    /// <exception cref="CassInputException">There is no image; or there is no label map, and two labels differ only in case, white space or Unicode form.</exception>
    public ImageDataset Build()
    {
        if (Count == 0)
        {
            throw new CassInputException("A dataset needs at least one image.");
        }

        paths?.Trim();
        ImageColumn images = paths is not null ? paths : new SourceColumn([.. sources!], Origins);
        WarnOfGroups();
        return new ImageDataset(images, BuildLabels(), groups.Count == 0 ? null : new GroupColumn([.. groups], [.. groupIds.Keys]), warnings: [.. Warnings.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>Adds a file by its path in UTF-8. Errors do not name it: the caller knows where it stands.</summary>
    internal void AddPath(ReadOnlySpan<byte> path, IEnumerable<string> labels, string? group)
    {
        Describe(labels, group);
        paths!.Add(path);
    }

    internal void AddPath(ReadOnlySpan<byte> path, string? label, string? group)
    {
        if (label is not null)
        {
            AddLabel(label, labels.Count);
        }

        EndRow(label is not null, group);
        paths!.Add(path);
    }

    private void Describe(IEnumerable<string>? names, string? group)
    {
        if (names is not null)
        {
            var start = labels.Count;
            foreach (var label in names)
            {
                AddLabel(label, start);
            }
        }

        EndRow(names is not null, group);
    }

    private void AddLabel(string label, int start)
    {
        if (string.IsNullOrWhiteSpace(label))
        {
            throw new ManifestException("the label is empty; name the class of every image.");
        }

        int id;
        if (map is not null)
        {
            if (!map.TryGetId(label, out id))
            {
                throw new ManifestException($"the label '{NameLikeness.Shown(label)}' is unknown{Suggest(label, map)}; the classes are {map}.");
            }
        }
        else if (!provisional.TryGetValue(label, out id))
        {
            id = provisional.Count;
            provisional.Add(label, id);
        }

        for (var i = start; i < labels.Count; i++)
        {
            if (labels[i] == id)
            {
                throw new ManifestException($"the label '{label}' is there twice; name every class once.");
            }
        }

        labels.Add(id);
    }

    private void EndRow(bool isLabeled, string? group)
    {
        if (Count > 0 && isLabeled != (labelEnds.Count > 0))
        {
            throw new ManifestException(isLabeled
                ? "it has labels, the images before it have none; label all images or none."
                : "it has no label, the images before it have; label all images or none.");
        }

        if (isLabeled)
        {
            labelEnds.Add(labels.Count);
        }

        if (Count > 0 && (group is not null) != (groups.Count > 0))
        {
            throw new ManifestException(group is null
                ? "it has no group, the images before it have; give all images a group or none."
                : "it has a group, the images before it have none; give all images a group or none.");
        }

        if (group is null)
        {
            return;
        }

        if (!groupIds.TryGetValue(group, out var id))
        {
            id = groupIds.Count;
            groupIds.Add(group, id);
        }

        groups.Add(id);
    }

    private LabelColumn? BuildLabels()
    {
        if (labelEnds.Count == 0)
        {
            return null;
        }

        var values = labels.ToArray();
        var classes = map;
        if (classes is null)
        {
            if (provisional.Count == 0)
            {
                throw new ManifestException("No image has a label; name the classes of at least some.");
            }

            RequireDistinctLabels();
            classes = new LabelMap(Ordered(provisional.Keys));
            int[] final = [.. provisional.Keys.Select(classes.IdOf)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = final[values[i]];
            }
        }

        var everyRowHasOne = values.Length == labelEnds.Count && labelEnds.Select((end, row) => end == row + 1).All(one => one);
        return new LabelColumn(classes, values, everyRowHasOne && !multiLabel ? null : [.. labelEnds]);
    }

    /// <summary>How a message on an unknown class goes on: with the class that was probably meant.</summary>
    internal static string Suggest(string label, LabelMap map) =>
        map.Names.FirstOrDefault(name => NameLikeness.AreAlike(name, label)) is { } alike
            ? $", and differs from '{NameLikeness.Shown(alike)}' only in {NameLikeness.Difference(label, alike)}"
            : NearestNames.Suggest(label, map.Names);

    private void RequireDistinctLabels()
    {
        if (NameLikeness.FirstPair(provisional.Keys) is var (first, second))
        {
            throw new ManifestException(
                $"The labels '{NameLikeness.Shown(first)}' (of '{NameOfFirst(first)}') and '{NameLikeness.Shown(second)}' (of '{NameOfFirst(second)}') differ only in {NameLikeness.Difference(first, second)}, and would be two classes; write them alike.{LabelMapAdvice}");
        }
    }

    private string NameOfFirst(string label)
    {
        var row = labelEnds.FindIndex(end => end > labels.IndexOf(provisional[label]));
        return paths is not null ? paths.NameOf(row) : sources![row].Name;
    }

    private void WarnOfGroups()
    {
        if (NameLikeness.FirstPair(groupIds.Keys) is var (first, second))
        {
            Warnings.Add($"The groups '{NameLikeness.Shown(first)}' and '{NameLikeness.Shown(second)}' differ only in {NameLikeness.Difference(first, second)}: if they are one, such as one patient, write them alike, or it may end up on both sides of a split.");
        }
    }

    private static IEnumerable<string> Ordered(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return Array.TrueForAll(all, n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? all.OrderBy(n => long.Parse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)).ThenBy(n => n, StringComparer.Ordinal)
            : all.Order(StringComparer.Ordinal);
    }
}
