using Cass.Data;

namespace Cass.Training;

/// <summary>Refuses folders that a run writes to among the images that it reads.</summary>
internal sealed class OutputFolderCheck(RunOptions options, PlanFindings findings)
{
    /// <summary>Checks all lists of images of a plan.</summary>
    public void Check(params IReadOnlyList<IImageSource>?[] images)
    {
        foreach (var (setting, folder) in ((string, string?)[])[("Checkpoints.Folder", options.Checkpoints.Folder), ("RecordFolder", options.RecordFolder), ("TensorBoardFolder", options.TensorBoardFolder)])
        {
            if (folder is not null && images.OfType<IReadOnlyList<IImageSource>>().Select(list => ImageDataset.FolderAround(list, folder)).FirstOrDefault(around => around is not null) is { } around)
            {
                findings.Problem($"{findings.Names[setting] ?? setting} '{folder}' lies in '{around}', a folder of the images: what is written there may be read as images of a class. Choose a folder outside of it.");
            }
        }
    }
}
