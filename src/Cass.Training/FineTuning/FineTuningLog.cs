using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>Logs the epochs of a fine-tuning: every figure under its tag, and a line for people.</summary>
/// <param name="log">Takes the figures; the published ones go under the published tags.</param>
/// <param name="logger">Takes the lines.</param>
/// <param name="network">The network that is fine-tuned.</param>
/// <param name="options">The settings.</param>
/// <param name="distills">Whether the network learns from a teacher, whose figures have tags of their own.</param>
internal sealed class FineTuningLog(IRunLog log, ILogger logger, Backbone network, FineTuningOptions options, bool distills = false)
{
    private readonly string phase = distills ? "Distillation into" : "Fine-tuning";
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
        log.Scalar($"{manner}-{name} Loss/train", row.Loss, row.Epoch);
        log.Scalar($"{manner}-{name} Recall/train", options.LogF1AsRecall ? row.F1 : row.Recall, row.Epoch);
        log.Scalar($"{manner}-{name} F1/train", row.F1, row.Epoch);
        IfAny($"{manner}-{name} Accuracy/train", row.Accuracy);
        IfAny($"{manner}-{name} Argmax Macro F1/train", row.ArgmaxMacroF1);
        IfAny($"{name} {manner} F1/Validation", row.ValidationF1);
        IfAny($"{name} {manner} Loss/Validation", row.ValidationLoss);
        IfAny($"{name} {manner} Accuracy/Validation", row.ValidationAccuracy);
        IfAny($"{name} {manner} Argmax Macro F1/Validation", row.ValidationArgmaxMacroF1);

        void IfAny(string tag, double? value)
        {
            if (value is { } number)
            {
                log.Scalar(tag, number, row.Epoch);
            }
        }
    }

    private void Line(FineTuningEpoch row)
    {
        switch (row.Accuracy, row.ValidationF1)
        {
            case (not null, null) when isSoftmax:
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000}, {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.Accuracy, row.ArgmaxMacroF1, row.ImagesPerSecond);
                break;
            case (not null, not null) when isSoftmax:
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000}; validation loss {ValidationLoss:0.0000}, accuracy {ValidationAccuracy:0.0000}, macro F1 {ValidationArgmaxMacroF1:0.0000}; {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.Accuracy, row.ArgmaxMacroF1, row.ValidationLoss, row.ValidationAccuracy, row.ValidationArgmaxMacroF1, row.ImagesPerSecond);
                break;
            case (null, null):
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, F1 {F1:0.0000}, {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.F1, row.ImagesPerSecond);
                break;
            case (null, not null):
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, F1 {F1:0.0000}, validation loss {ValidationLoss:0.0000}, validation F1 {ValidationF1:0.0000}, {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.F1, row.ValidationLoss, row.ValidationF1, row.ImagesPerSecond);
                break;
            case (not null, null):
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000}, F1 above the threshold {F1:0.0000}, {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.Accuracy, row.ArgmaxMacroF1, row.F1, row.ImagesPerSecond);
                break;
            default:
                logger.LogInformation(
                    "{Phase} {Network} epoch {Epoch}/{Epochs}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000}, F1 above the threshold {F1:0.0000}; validation loss {ValidationLoss:0.0000}, accuracy {ValidationAccuracy:0.0000}, macro F1 {ValidationArgmaxMacroF1:0.0000}, F1 above the threshold {ValidationF1:0.0000}; {ImagesPerSecond:0} images/s",
                    phase, network.ModelName, row.Epoch, options.Epochs, row.Loss, row.Accuracy, row.ArgmaxMacroF1, row.F1, row.ValidationLoss, row.ValidationAccuracy, row.ValidationArgmaxMacroF1, row.ValidationF1, row.ImagesPerSecond);
                break;
        }
    }
}
