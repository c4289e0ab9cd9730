using System.Globalization;
using CsvHelper;

namespace Cass.Data;

/// <summary>Reads and writes lists of images with their classes as CSV files.</summary>
public static class CsvManifest
{
    private const int ShownExamples = 3;

    /// <summary>Reads a manifest; no image is opened.</summary>
    /// <param name="path">The CSV file with a header row, in UTF-8, in what its byte-order mark says, or in <see cref="CsvManifestOptions.Encoding"/>. Blank lines are passed over.</param>
    /// <param name="options">Columns and choices; null for the published notebook's.</param>
    /// <returns>The images with their classes and groups.</returns>
    /// <exception cref="ManifestException">
    /// The file is missing, empty, malformed or in another encoding; a column is missing; a path is empty, missing, or leads to
    /// no image; a file is named twice, however it is spelled; a label is unknown, or two differ only in case, white space or
    /// Unicode form.
    /// </exception>
    public static ImageDataset Read(string path, CsvManifestOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new CsvManifestOptions();
        if (options.Targets == TargetKind.Ids && options.Labels is null)
        {
            throw new ManifestException($"Targets that are ids need the label map that numbered them; set {options.Names[$"{nameof(CsvManifestOptions)}.{nameof(options.Labels)}"] ?? "a label map"}.");
        }

        if (FileStatus.Of(path) is { Kind: FileKind.Pipe or FileKind.Socket or FileKind.Device } other)
        {
            throw new ManifestException($"The manifest '{path}' is {other.Description}, not a file; write what it gives to a file, and name that.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var rows = new PathColumn(Path.GetFullPath(options.Root ?? folder), options.Decoding, folder);
        var dataset = ReadRows(path, options, rows);
        var duplicates = new ManifestDuplicates(path, dataset, rows, options);
        duplicates.CheckPaths();
        if (options.CheckFiles)
        {
            var status = SameFiles.Status(rows);
            CheckFiles(path, rows, status, options);
            duplicates.CheckFiles(status);
        }

        return duplicates.Warnings.Count == 0 ? dataset : dataset.WithWarnings(duplicates.Warnings);
    }

    /// <summary>Writes a manifest that <see cref="Read"/> reads, as pandas writes one: an index column without a header, <c>path</c>, <c>target</c>.</summary>
    /// <param name="path">The CSV file; replaced where it exists.</param>
    /// <param name="dataset">Images in files.</param>
    /// <param name="options">Columns and separators; null for the defaults. Paths below <see cref="CsvManifestOptions.Root"/>, or below the manifest's folder, are written relative to it. The target column is left out for unlabelled images; several labels are joined by <see cref="CsvManifestOptions.LabelSeparator"/>, or <c>|</c>.</param>
    /// <exception cref="ManifestException">An image is not in a file.</exception>
    public static void Write(string path, ImageDataset dataset, CsvManifestOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new CsvManifestOptions();
        var root = Path.GetFullPath(options.Root ?? Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream =>
        {
            using var csv = CsvWriter.Create(stream, new CsvWriterOptions { Separator = options.Separator ?? ',', NewLine = "\n" }, leaveOpen: true);
            WriteHeader(csv, dataset, options);
            for (var i = 0; i < dataset.Count; i++)
            {
                var file = dataset.Images[i] as ImageFile
                    ?? throw new ManifestException($"The image '{dataset.NameOf(i)}' is not in a file; a manifest lists files only.");
                csv.WriteField(i);
                csv.WriteField(Shortened(file.Path, root));
                if (dataset.IsLabeled && options.TargetColumn is not null)
                {
                    csv.WriteField(string.Join(options.LabelSeparator ?? "|", dataset.LabelsOf(i).Select(id => options.Targets == TargetKind.Ids ? id.ToString(CultureInfo.InvariantCulture) : dataset.Labels[id])));
                }

                if (dataset.IsGrouped && options.GroupColumn is not null)
                {
                    csv.WriteField(dataset.GroupOf(i));
                }

                csv.EndRecord();
            }
        });
    }

    private static void WriteHeader(CsvWriter csv, ImageDataset dataset, CsvManifestOptions options)
    {
        csv.WriteField(string.Empty);
        csv.WriteField(options.PathColumn);
        if (dataset.IsLabeled && options.TargetColumn is not null)
        {
            csv.WriteField(options.TargetColumn);
        }

        if (dataset.IsGrouped && options.GroupColumn is not null)
        {
            csv.WriteField(options.GroupColumn);
        }

        csv.EndRecord();
    }

    private static string Shortened(string file, string root)
    {
        var relative = Path.GetRelativePath(root, Path.GetFullPath(file));
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? Path.GetFullPath(file) : relative;
    }

    private static ImageDataset ReadRows(string path, CsvManifestOptions options, PathColumn rows)
    {
        try
        {
            var warnings = new List<string>();
            using var text = ManifestText.Open(path, options, warnings);
            using var csv = CsvReader.Create(text, new CsvReaderOptions
            {
                Separator = options.Separator,
                MalformedData = CsvMalformedDataHandling.Throw,
                TrackLineNumbers = true,
                TrimWhitespace = true,
            }, leaveOpen: true);
            if (csv.Headers.Count == 0)
            {
                throw new ManifestException($"The manifest '{path}' is empty; it needs a header row with the columns {string.Join(", ", Wanted(options))}.");
            }

            var builder = new ImageDatasetBuilder(rows, options.Labels, options.LabelSeparator is not null)
            {
                LabelMapAdvice = options.Advise(nameof(options.Labels), name => $" If two classes are meant, set {name} to a label map that has both."),
            };
            builder.Warnings.AddRange(warnings);
            var columns = Find(path, csv, options);
            while (csv.Read())
            {
                AddRow(path, csv, columns, options, builder);
            }

            return builder.Count > 0
                ? Built(path, builder)
                : throw new ManifestException($"The manifest '{path}' has a header but no rows; add one row per image.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(
                e is FileNotFoundException or DirectoryNotFoundException
                    ? $"The manifest '{path}' does not exist; check the path (it is looked up in '{Directory.GetCurrentDirectory()}')."
                    : $"The manifest '{path}' cannot be read: {e.Message}",
                e);
        }
        catch (CsvFormatException e)
        {
            throw new ManifestException($"Line {e.LineNumber} of the manifest '{path}' is malformed: a quote is not closed, or stands in the middle of a field; put the field in quotes and double those inside.", e);
        }
    }

    private static ImageDataset Built(string path, ImageDatasetBuilder builder)
    {
        try
        {
            return builder.Build();
        }
        catch (ManifestException e)
        {
            throw new ManifestException($"The manifest '{path}': {e.Message}", e);
        }
    }

    private static IEnumerable<string> Wanted(CsvManifestOptions options) =>
        new[] { options.PathColumn, options.TargetColumn, options.GroupColumn }.OfType<string>();

    private static Columns Find(string path, CsvReader csv, CsvManifestOptions options)
    {
        string[] header = [.. csv.Headers.Select(h => h.Trim())];
        if (header.Any(h => h.Any(c => char.IsControl(c) || c == '\uFFFD')))
        {
            throw new ManifestException($"The manifest '{path}' is not text; a manifest is a CSV file with the columns {string.Join(", ", Wanted(options))}. Give images as a folder with one sub-folder per class.");
        }

        int Column(string name, string setting)
        {
            var at = Array.IndexOf(header, name);
            if (at < 0)
            {
                throw new ManifestException($"The manifest '{path}' has no column '{name}'{NearestNames.Suggest(name, header, otherwise: ".")} Its columns, divided by '{csv.Separator}', are {string.Join(", ", header.Select(h => $"'{h}'"))}{options.Advise(setting, name => $"; name yours in {name}")}.");
            }

            return Array.LastIndexOf(header, name) == at
                ? at
                : throw new ManifestException($"The manifest '{path}' has two columns '{name}'; rename one.");
        }

        return new Columns(
            Column(options.PathColumn, nameof(options.PathColumn)),
            options.TargetColumn is null ? -1 : Column(options.TargetColumn, nameof(options.TargetColumn)),
            options.GroupColumn is null ? -1 : Column(options.GroupColumn, nameof(options.GroupColumn)),
            header.Length);
    }

    private static void AddRow(string path, CsvReader csv, Columns columns, CsvManifestOptions options, ImageDatasetBuilder builder)
    {
        if (csv.FieldCount != columns.Count)
        {
            if (csv.RawRecord.Trim(" \t"u8).IsEmpty)
            {
                return;
            }

            throw new ManifestException($"Line {csv.LineNumber} of the manifest '{path}' has {csv.FieldCount} field(s), the header {columns.Count}; put fields that contain '{csv.Separator}' in quotes.");
        }

        var file = csv.GetSpan(columns.Path);
        if (file.IsEmpty)
        {
            throw new ManifestException($"Line {csv.LineNumber} of the manifest '{path}' has no path in column '{options.PathColumn}'; fill it in or remove the line.");
        }

        var group = columns.Group < 0 ? null : csv.GetString(columns.Group);
        if (group is { Length: 0 })
        {
            throw new ManifestException($"Line {csv.LineNumber} of the manifest '{path}' has no group in column '{options.GroupColumn}'; every image needs one, or its group might end up on both sides of a split.");
        }

        try
        {
            if (columns.Target < 0)
            {
                builder.AddPath(file, label: null, group);
            }
            else if (options.LabelSeparator is { } separator)
            {
                builder.AddPath(file, csv.GetString(columns.Target).Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(label => NameOf(label, options)), group);
            }
            else
            {
                builder.AddPath(file, NameOf(csv.GetString(columns.Target), options), group);
            }
        }
        catch (ManifestException e)
        {
            throw new ManifestException($"Line {csv.LineNumber} of the manifest '{path}': {e.Message}", e);
        }
    }

    private static string NameOf(string target, CsvManifestOptions options)
    {
        if (options.Targets == TargetKind.Names)
        {
            return options.Labels is { } known && !known.TryGetId(target, out _) && int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? throw new ManifestException($"the target '{target}' is none of the classes {known}{options.Advise(nameof(options.Targets), name => $"; if the targets are ids, set {name} to {nameof(TargetKind)}.{nameof(TargetKind.Ids)}")}.")
                : target;
        }

        var labels = options.Labels!;
        return int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < labels.Count
            ? labels[id]
            : throw new ManifestException($"the target '{target}' is no id from 0 to {labels.Count - 1}; the classes are {labels}.");
    }

    private static void CheckFiles(string path, PathColumn rows, FileStatus[] status, CsvManifestOptions options)
    {
        SameFiles.RequireContent(rows, status);
        int[] missing = [.. Enumerable.Range(0, rows.Count).Where(row => !status[row].IsReadable)];
        if (missing.Length > 0)
        {
            throw new ManifestException($"{missing.Length} of the {rows.Count} files in the manifest '{path}' do not exist: {string.Join(", ", missing.Take(ShownExamples).Select(row => $"'{rows.NameOf(row)}'"))}{(missing.Length > ShownExamples ? ", …" : string.Empty)}; relative paths start from '{rows.Root}'{options.Advise(nameof(options.Root), name => $", which {name} changes")}.");
        }
    }

    private sealed record Columns(int Path, int Target, int Group, int Count);
}
