using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>The settings of pretraining that a checkpoint is of.</summary>
internal static class PretrainingSettings
{
    public static JsonObject Of(RunOptions options, PretrainingOptions pretraining, ISelfSupervisedMethod method, (int Height, int Width) imageSize, IBatchSource batches, JsonObject initialWeights, JsonObject? more)
    {
        var settings = RunSettings.Common(options, imageSize, batches);
        settings["Method"] = new JsonObject
        {
            ["Name"] = method.Name,
            ["Options"] = MethodCheck.Describe(method),
            ["Networks"] = new JsonObject(method.Backbones.Select(b => KeyValuePair.Create<string, JsonNode?>(b.Key, b.Value.ModelName))),
        };
        settings["Pretraining"] = RunSettings.Of(pretraining);
        settings[CheckpointStore.InitialWeights] = initialWeights;
        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value?.DeepClone();
        }

        return settings;
    }
}
