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

    public static JsonObject OfPretraining(CassOptions options, (int Height, int Width) imageSize, IBatchSource batches)
    {
        var settings = Common(options, imageSize, batches);
        settings["Cnn"] = CheckpointFolder.Describe(options.Cnn);
        settings["Transformer"] = CheckpointFolder.Describe(options.Transformer);
        settings["Pretraining"] = WithoutLoading(CheckpointFolder.Describe(options.Pretraining));
        return settings;
    }

    public static JsonObject OfFineTuning(CassOptions options, (int Height, int Width) imageSize, IBatchSource train, IBatchSource? validation, Backbone backbone, LabelMap labels, double highestRate, ImageClassifier? teacher = null)
    {
        var settings = Common(options, imageSize, train);
        settings["Network"] = backbone.ModelName;
        settings["Validation"] = new JsonObject { ["Count"] = validation?.Count ?? 0, ["Names"] = validation is null ? null : DataManifest.Of(validation).GitHash };
        settings[InitialWeights] = WeightFingerprint.Of(backbone);
        settings["Labels"] = CheckpointFolder.Describe(labels.Names);
        settings["FineTuning"] = WithoutLoading(CheckpointFolder.Describe(options.FineTuning));

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

    private static JsonObject Common(CassOptions options, (int Height, int Width) imageSize, IBatchSource batches) => new()
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
