using System.Text.Json;
using Cass;
using Study.Grids;
using Study.Images;
using Study.Running;

namespace Study.Results;

/// <summary>What has been measured, from folders and from files that gather it, a line of JSON a cell.</summary>
internal static class ResultSet
{
    /// <summary>The file in a folder that gathers results.</summary>
    public const string GatheredFile = "results.jsonl";

    public static IReadOnlyList<CellResult> Read(StudyFolder folder) => Directory.Exists(folder.Cells)
        ? [.. Directory.EnumerateFiles(folder.Cells, "result.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(StudyJson.Read<CellResult>)]
        : [];

    /// <summary>The results of a study's folder, or of a file.</summary>
    /// <exception cref="CassInputException">There is neither, or a line of the file is not a result.</exception>
    public static IReadOnlyList<CellResult> ReadAny(string path)
    {
        if (Directory.Exists(path))
        {
            var gathered = Path.Combine(path, GatheredFile);
            return File.Exists(gathered) ? ReadAny(gathered) : Read(new StudyFolder(path));
        }

        return File.Exists(path)
            ? [.. File.ReadLines(path).Where(line => line.Length > 0).Select((line, i) => StudyJson.Parse<CellResult>(line, $"{path}, line {i + 1}"))]
            : throw new CassInputException($"'{path}' is neither a study's folder nor a file of results.");
    }

    public static void Write(string path, IEnumerable<CellResult> results) =>
        AtomicFile.WriteText(path, string.Concat(results.OrderBy(result => result.Id, StringComparer.Ordinal).Select(result => JsonSerializer.Serialize(result, StudyJson.Options) + "\n")));

    /// <summary>Adds the results that a folder lacks, and what is known of their images.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="CassInputException">A result has another name than its settings give it, or is of other images.</exception>
    public static int Bring(StudyFolder folder, string source)
    {
        var results = ReadAny(source);
        var known = Path.Combine(Directory.Exists(source) ? source : Path.GetDirectoryName(Path.GetFullPath(source))!, StudyFolder.ScoredFile);
        if (!File.Exists(folder.Scored) && File.Exists(known))
        {
            AtomicFile.WriteText(folder.Scored, File.ReadAllText(known));
        }

        var images = File.Exists(folder.Scored) ? StudyJson.Read<ScoredImages>(folder.Scored).Fingerprint : null;
        var added = 0;
        foreach (var result in results)
        {
            if (!string.Equals(result.Id, StudyGrid.IdOf(result.Cell), StringComparison.Ordinal))
            {
                throw new CassInputException($"The result '{result.Id}' has the settings of '{StudyGrid.IdOf(result.Cell)}'; it was changed, or written by another version.");
            }

            images ??= result.Images;
            if (!string.Equals(images, result.Images, StringComparison.Ordinal))
            {
                throw new CassInputException($"The result '{result.Id}' is of other images ({result.Images}) than '{folder.Path}' has ({images}).");
            }

            if (!folder.IsFinished(result.Id))
            {
                AtomicFile.WriteText(folder.Result(result.Id), JsonSerializer.Serialize(result, StudyJson.Options));
                added++;
            }
        }

        return added;
    }
}
