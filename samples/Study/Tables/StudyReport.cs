using Study.Grids;
using Study.Results;
using Study.Running;

namespace Study.Tables;

/// <summary>Everything that a study's folder says of its results.</summary>
internal static class StudyReport
{
    public static void Write(StudyGrid grid, StudyFolder folder, IReadOnlyList<CellResult> results)
    {
        Directory.CreateDirectory(folder.Report);
        ResultSet.Write(Path.Combine(folder.Report, "results.jsonl"), results);
    }
}
