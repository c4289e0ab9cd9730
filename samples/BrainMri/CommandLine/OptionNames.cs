using Cass;

namespace BrainMri.CommandLine;

/// <summary>Which option sets what of the trainer and of the images, for messages.</summary>
internal static class OptionNames
{
    /// <summary>The options by the settings; what is missing has none.</summary>
    public static SettingNames OfSettings { get; } = SettingNames.Of(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Pretraining.BatchSize"] = "--batch-size",
        ["FineTuning.BatchSize"] = "--batch-size",
        ["FineTuning.LabelFraction"] = "--label-fraction",
        ["Images.Height"] = "--image-size",
        ["Checkpoints.Folder"] = "--output",
        ["RecordFolder"] = "--output",
        ["CsvManifestOptions.Encoding"] = "--encoding",
    });
}
