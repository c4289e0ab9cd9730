using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>
/// What a run must have in common with the one that made a checkpoint to go on from it: all that its result depends on,
/// and nothing that only decides how fast it comes.
/// </summary>
internal static class RunSettings
{
    /// <summary>The setting that stands for the weights that fine-tuning starts from.</summary>
    public const string InitialWeights = "InitialWeights";

    /// <summary>The setting that stands for the highest rate of fine-tuning.</summary>
    public const string FineTuningRate = $"FineTuning.{nameof(FineTuningOptions.LearningRate)}.{nameof(LearningRateOptions.Rate)}";

    public static JsonObject OfPretraining(RunOptions options, PretrainingOptions pretraining, ISelfSupervisedMethod method, (int Height, int Width) imageSize, IBatchSource batches, JsonObject? more)
    {
        var settings = Common(options, imageSize, batches);
        settings["Method"] = new JsonObject
        {
            ["Name"] = method.Name,
            ["Options"] = method.Options is { } own ? CheckpointFolder.Describe(own) : null,
            ["Networks"] = new JsonObject(method.Backbones.Select(b => KeyValuePair.Create<string, JsonNode?>(b.Key, b.Value.ModelName))),
        };
        settings["Pretraining"] = WithoutLoading(CheckpointFolder.Describe(pretraining));
        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value?.DeepClone();
        }

        return settings;
    }

    public static JsonObject OfFineTuning(RunOptions options, FineTuningOptions fineTuning, (int Height, int Width) imageSize, IBatchSource train, IBatchSource? validation, Backbone backbone, LabelMap labels, double highestRate, ImageClassifier? teacher = null)
    {
        var settings = Common(options, imageSize, train);
        settings["Network"] = backbone.ModelName;
        settings["Validation"] = new JsonObject { ["Count"] = validation?.Count ?? 0, ["Names"] = validation is null ? null : DataManifest.Of(validation).GitHash };
        settings[InitialWeights] = WeightFingerprint.Of(backbone);
        settings["Labels"] = CheckpointFolder.Describe(labels.Names);
        settings["FineTuning"] = WithoutLoading(CheckpointFolder.Describe(fineTuning));

        if (teacher is null)
        {
            ((JsonObject)settings["FineTuning"]!).Remove(nameof(FineTuningOptions.Distillation));
        }
        else
        {
            settings["Teacher"] = new JsonObject
            {
                ["Network"] = teacher.Network.ModelName,
                ["Weights"] = WeightFingerprint.Of(teacher.Network),
                ["Activation"] = teacher.Activation.ToString(),
                ["Thresholds"] = CheckpointFolder.Describe(teacher.Thresholds.Values),
            };
        }

        // The options may leave the rate to where the weights come from, which the weights themselves do not tell.
        settings["FineTuning"]![nameof(FineTuningOptions.LearningRate)]![nameof(LearningRateOptions.Rate)] = highestRate;
        return settings;
    }

    private static JsonObject Common(RunOptions options, (int Height, int Width) imageSize, IBatchSource batches) => new()
    {
        ["Seed"] = options.Seed,
        ["Precision"] = options.Precision.ToString(),
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

    private static JsonNode WithoutLoading(JsonNode options)
    {
        ((JsonObject)options).Remove(nameof(PretrainingOptions.Loading));
        return options;
    }
}
