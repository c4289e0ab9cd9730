using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>The settings of fine-tuning that a checkpoint is of.</summary>
internal static class FineTuningSettings
{
    /// <summary>The setting that stands for the weights that fine-tuning starts from.</summary>
    public const string InitialWeights = CheckpointStore.InitialWeights;

    /// <summary>The setting that stands for the highest rate of fine-tuning.</summary>
    public const string Rate = $"FineTuning.{nameof(FineTuningOptions.LearningRate)}.{nameof(LearningRateOptions.Rate)}";

    public static JsonObject Of(RunOptions options, FineTuningOptions fineTuning, (int Height, int Width) imageSize, IBatchSource train, IBatchSource? validation, Backbone backbone, LabelMap labels, double highestRate, ImageClassifier? teacher = null)
    {
        var settings = RunSettings.Common(options, imageSize, train);
        settings["Network"] = backbone.ModelName;
        settings["Validation"] = new JsonObject { ["Count"] = validation?.Count ?? 0, ["Names"] = validation is null ? null : DataManifest.Of(validation).GitHash };
        settings[InitialWeights] = WeightFingerprint.Of(backbone);
        settings["Labels"] = CheckpointFolder.Describe(labels.Names);
        settings["FineTuning"] = RunSettings.Of(fineTuning);

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
}
