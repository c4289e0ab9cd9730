using System.Text;
using Cass;
using Study.Grids;
using Study.Images;
using Study.Results;
using Study.Running;

namespace Study.Tables;

/// <summary>Everything that a study's folder says of its results: tables.md, results.csv, results.jsonl, and a picture a block.</summary>
internal static class StudyReport
{
    public static void Write(StudyGrid grid, StudyFolder folder, IReadOnlyList<CellResult> results)
    {
        Directory.CreateDirectory(folder.Report);
        var images = File.Exists(folder.Scored) ? StudyJson.Read<ScoredImages>(folder.Scored) : null;
        var byId = results.ToDictionary(result => result.Id, StringComparer.Ordinal);
        var text = new StringBuilder($"# Results of the study '{grid.Name}'\n\n");
        foreach (var block in grid.Blocks.Select(block => new BlockResults(block, grid.Rates, byId)))
        {
            text.Append(BlockTables.Of(block, images));
            BlockFigure.Write(block, images, Path.Combine(folder.Report, $"{block.Block.Name}.png"));
        }

        var failed = grid.Cells().Where(cell => !byId.ContainsKey(cell.Id) && File.Exists(folder.Failure(cell.Id))).ToArray();
        if (failed.Length > 0)
        {
            text.Append("## Cells that failed\n").AppendJoin('\n', failed.Select(cell => $"- {cell.Cell}: {File.ReadLines(folder.Failure(cell.Id)).Last()}")).Append("\n\n");
        }

        text.Append(PublishedFigures.Markdown);
        AtomicFile.WriteText(Path.Combine(folder.Report, "tables.md"), text.ToString());
        AtomicFile.WriteText(Path.Combine(folder.Report, "results.csv"), ResultsCsv.Of(results));
        ResultSet.Write(Path.Combine(folder.Report, ResultSet.GatheredFile), results);
        if (images is not null)
        {
            AtomicFile.WriteText(Path.Combine(folder.Report, StudyFolder.ScoredFile), File.ReadAllText(folder.Scored));
        }
    }
}
