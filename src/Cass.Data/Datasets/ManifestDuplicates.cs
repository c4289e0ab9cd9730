namespace Cass.Data;

/// <summary>Finds rows of a manifest that name one file, and says what is to be done about them.</summary>
internal sealed class ManifestDuplicates(string manifest, ImageDataset dataset, PathColumn rows, CsvManifestOptions options)
{
    private readonly List<(int First, int Row)> contradictions = [];

    /// <summary>What is allowed and yet likely to be a mistake.</summary>
    public IReadOnlyList<string> Warnings => contradictions.Count == 0
        ? []
        : [$"{contradictions.Count:N0} {(contradictions.Count == 1 ? "row" : "rows")} of the manifest '{manifest}' {(contradictions.Count == 1 ? "gives" : "give")} a file another label than a row before, such as {Described(contradictions[0].First)} and {Described(contradictions[0].Row)}; decide on one label for each file."];

    /// <summary>Compares paths, once <c>.</c>, <c>..</c> and doubled separators are resolved.</summary>
    /// <exception cref="ManifestException">A file is named twice, and that is not allowed.</exception>
    public void CheckPaths()
    {
        foreach (var pair in SameFiles.ByPath(rows))
        {
            Judge(pair);
        }
    }

    /// <summary>Compares what the paths lead to. Hard links are files of their own, of which only the labels have to agree.</summary>
    /// <param name="status">The status of every row.</param>
    /// <exception cref="ManifestException">A file is named twice, and that is not allowed.</exception>
    public void CheckFiles(IReadOnlyList<FileStatus> status)
    {
        var known = contradictions.Select(pair => pair.Row).ToHashSet();
        foreach (var pair in SameFiles.ByIdentity(status).Where(pair => !known.Contains(pair.Row)))
        {
            if (status[pair.Row].HardLinks == 1 || string.Equals(FileStatus.RealPathOf(rows.NameOf(pair.First)), FileStatus.RealPathOf(rows.NameOf(pair.Row)), StringComparison.Ordinal))
            {
                Judge(pair);
            }
            else if (Contradict(pair))
            {
                contradictions.Add(pair);
            }
        }
    }

    private void Judge((int First, int Row) pair)
    {
        var contradict = Contradict(pair);
        if (options.AllowDuplicates)
        {
            if (contradict)
            {
                contradictions.Add(pair);
            }

            return;
        }

        var what = $"The manifest '{manifest}' names '{rows.NameOf(pair.First)}' twice, in rows {pair.First + 1} and {pair.Row + 1}";
        var allow = options.Advise(nameof(options.AllowDuplicates), name => $", or set {name}");
        throw new ManifestException(contradict
            ? $"{what}, with contradictory labels: as {Described(pair.First)} and as {Described(pair.Row)}. Decide on one and remove the other{allow}."
            : $"{what}{(rows.Utf8(pair.First).SequenceEqual(rows.Utf8(pair.Row)) ? string.Empty : $", as {Written(pair.First)} and as {Written(pair.Row)}")}; remove one{allow}.");
    }

    private bool Contradict((int First, int Row) pair) =>
        dataset.IsLabeled && !dataset.LabelsOf(pair.First).ToHashSet().SetEquals(dataset.LabelsOf(pair.Row));

    private string Described(int row) => $"{Written(row)} of '{string.Join(", ", dataset.LabelsOf(row).Select(id => dataset.Labels[id]))}'";

    private string Written(int row) => $"'{System.Text.Encoding.UTF8.GetString(rows.Utf8(row))}'";
}
