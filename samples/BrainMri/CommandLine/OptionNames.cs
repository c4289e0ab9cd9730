using Cass.Training;

namespace BrainMri.CommandLine;

/// <summary>Which option sets what of the trainer, for its messages.</summary>
internal static class OptionNames
{
    /// <summary>The options by the settings of the trainer; what is missing has none.</summary>
    public static SettingNames OfSettings { get; } = SettingNames.Of(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Pretraining.BatchSize"] = "--batch-size",
        ["FineTuning.BatchSize"] = "--batch-size",
        ["FineTuning.LabelFraction"] = "--label-fraction",
        ["Images.Height"] = "--image-size",
        ["Checkpoints.Folder"] = "--output",
        ["RecordFolder"] = "--output",
    });
}
