using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>
/// What a run must have in common with the one that made a checkpoint to go on from it: all that its result depends on,
/// and nothing that only decides how fast it comes.
/// </summary>
internal static class RunSettings
{
    private const string Loading = nameof(Loading);

    /// <summary>Settings with the numbers that a phase computes in, where the options leave them open.</summary>
    public static JsonObject In(NumericPrecision precision, JsonObject settings)
    {
        settings[CheckpointStore.Precision] = precision.ToString();
        return settings;
    }

    /// <summary>What all phases depend on.</summary>
    public static JsonObject Common(RunOptions options, (int Height, int Width) imageSize, IBatchSource batches) => new()
    {
        ["Seed"] = options.Seed,
        [CheckpointStore.Precision] = options.Precision.ToString(),
        ["Images"] = new JsonObject
        {
            ["Height"] = imageSize.Height,
            ["Width"] = imageSize.Width,
            ["Mean"] = CheckpointFolder.Describe(options.Images.Mean),
            ["Std"] = CheckpointFolder.Describe(options.Images.Std),
            ["JitterBeforeAffine"] = options.Images.JitterBeforeAffine,
            ["Count"] = batches.Count,
            ["BatchesPerEpoch"] = batches.BatchesPerEpoch,
            ["Names"] = DataManifest.Of(batches).GitHash,
        },
    };

    /// <summary>A phase's options, without what only decides how fast it goes.</summary>
    public static JsonNode Of(object options)
    {
        var settings = CheckpointFolder.Describe(options);
        ((JsonObject)settings).Remove(Loading);
        return settings;
    }
}
