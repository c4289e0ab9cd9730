using Microsoft.Extensions.Logging;
using static System.FormattableString;

namespace Cass.Training;

/// <summary>Logs the epochs of a fine-tuning: every figure under its tag, and a line for people.</summary>
/// <param name="log">Takes the figures; the published ones go under the published tags.</param>
/// <param name="phase">The phase that they are of.</param>
/// <param name="logger">Takes the lines.</param>
/// <param name="network">The network that is fine-tuned.</param>
/// <param name="options">The settings.</param>
/// <param name="distills">Whether the network learns from a teacher, whose figures have tags of their own.</param>
internal sealed class FineTuningLog(IRunLog log, string phase, ILogger logger, Backbone network, FineTuningOptions options, bool distills = false)
{
    private readonly string title = distills ? "Distillation into" : "Fine-tuning";
    private readonly string manner = distills ? "Distilled" : "Supervised";
    private readonly bool isSoftmax = options.Loss.Activation() == OutputActivation.Softmax;
    private readonly string name = network.Kind == BackboneKind.Transformer ? "ViT" : "CNN";

    public void Epoch(FineTuningEpoch row)
    {
        Figures(row);
        Line(row);
    }

    private void Figures(FineTuningEpoch row)
    {
        log.Scalar(phase, $"{manner}-{name} Loss/train", row.Loss, row.Epoch);
        log.Scalar(phase, $"{manner}-{name} Recall/train", options.LogF1AsRecall ? row.F1 : row.Recall, row.Epoch);
        log.Scalar(phase, $"{manner}-{name} F1/train", row.F1, row.Epoch);
        IfAny($"{manner}-{name} Accuracy/train", row.Accuracy);
        IfAny($"{manner}-{name} Argmax Macro F1/train", row.ArgmaxMacroF1);
        IfAny($"{name} {manner} F1/Validation", row.ValidationF1);
        IfAny($"{name} {manner} Loss/Validation", row.ValidationLoss);
        IfAny($"{name} {manner} Accuracy/Validation", row.ValidationAccuracy);
        IfAny($"{name} {manner} Argmax Macro F1/Validation", row.ValidationArgmaxMacroF1);
        foreach (var (figure, value) in row.ValidationMetrics)
        {
            log.Scalar(phase, $"{name} {manner} {figure}/Validation", value, row.Epoch);
        }

        void IfAny(string tag, double? value)
        {
            if (value is { } number)
            {
                log.Scalar(phase, tag, number, row.Epoch);
            }
        }
    }

    private void Line(FineTuningEpoch row) => logger.LogInformation(
        "{Phase} {Network} epoch {Epoch}/{Epochs}: {Training}{Validation} {ImagesPerSecond:0} images/s",
        title,
        network.ModelName,
        row.Epoch,
        options.Epochs,
        Described(string.Empty, row.Loss, row.F1, row.Accuracy, row.ArgmaxMacroF1),
        row.ValidationF1 is null
            ? ","
            : $"; {Described("validation ", row.ValidationLoss, row.ValidationF1, row.ValidationAccuracy, row.ValidationArgmaxMacroF1)}{string.Concat(row.ValidationMetrics.Select(m => Invariant($", {m.Key} {m.Value:0.0000}")))};",
        row.ImagesPerSecond);

    /// <summary>The figures of a part: those of the most probable class where each image has one label, of the threshold where there is one.</summary>
    private string Described(string part, double? loss, double? f1, double? accuracy, double? macroF1)
    {
        var ofThreshold = isSoftmax ? string.Empty : Invariant($", {(accuracy is null ? $"{part}F1" : "F1 above the threshold")} {f1:0.0000}");
        return accuracy is null && !isSoftmax
            ? Invariant($"{part}loss {loss:0.0000}{ofThreshold}")
            : Invariant($"{part}loss {loss:0.0000}, accuracy {accuracy:0.0000}, macro F1 {macroF1:0.0000}{ofThreshold}");
    }
}
