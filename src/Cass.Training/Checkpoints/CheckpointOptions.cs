using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>Where and how often a run is saved, to go on after a crash.</summary>
public sealed class CheckpointOptions : IRelatedSettings
{
    /// <summary>The folder; null for no checkpoints. One run at a time may use it, unless runs have names.</summary>
    public string? Folder { get; set; }

    /// <summary>
    /// Name of the run, for folds and searches that share <see cref="Folder"/>: its checkpoints are in a folder of that name in
    /// it. A file name without a path. Null, the default, for none. Without a folder it is refused.
    /// </summary>
    public string? RunName { get; set; }

    /// <summary>Minutes between checkpoints within an epoch. Default 10. There is one after every epoch besides.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double EveryMinutes { get; set; } = 10;

    /// <summary>Checkpoints of a phase that are kept, the newest. Default 2, so that one survives the damage of the other.</summary>
    [Range(1, 1000)]
    public int KeepLast { get; set; } = 2;

    /// <summary>
    /// Whether the checkpoint of the best epoch is kept besides: the one with the lowest loss in pretraining, or what the method
    /// is judged by in its place (<see cref="PretrainingEpoch.JudgedLoss"/>); in fine-tuning the one with the highest F1, or the lowest loss where <see cref="FineTuningOptions.BestEpoch"/> says so, on the
    /// validation images where there are some. Default true.
    /// </summary>
    public bool KeepBest { get; set; } = true;

    /// <summary>Whether a run goes on from the newest intact checkpoint that it finds. Default true; false removes those of the phase and starts again.</summary>
    public bool Resume { get; set; } = true;

    /// <summary>Where the checkpoints are; null for no checkpoints.</summary>
    internal string? FolderOfRun => Folder is null || RunName is null ? Folder : Path.Combine(Folder, RunName);

    IEnumerable<string> IRelatedSettings.Failures(string path) =>
    [
        .. OptionsRules.BlankPath($"{path}Folder", Folder),
        .. RunName is null || IsFileName(RunName) ? [] : new[] { $"{path}RunName is '{RunName}'; give the name of a folder, without a path." },
        .. RunName is not null && Folder is null ? [$"{path}RunName is '{RunName}', but {path}Folder is not set, so that nothing would be saved; set {path}Folder too."] : Array.Empty<string>(),
    ];

    private static bool IsFileName(string name) =>
        !string.IsNullOrWhiteSpace(name) && name is not ("." or "..") && name.IndexOfAny([.. Path.GetInvalidFileNameChars(), '/', '\\']) < 0;
}
