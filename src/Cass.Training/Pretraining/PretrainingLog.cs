using Cass.Metrics;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>Writes down the epochs of pretraining: figures for the run's logs, a line each, and a warning of collapse.</summary>
internal sealed class PretrainingLog(IRunLog log, ILogger logger, PretrainingOptions options)
{
    private bool isUnmeasuredKnown;

    public void Epoch(PretrainingEpoch row, CollapseReport? collapse)
    {
        log.Scalar(Phases.Pretraining, "Self-Supervised Loss/train", options.LogLossOfLastBatch ? row.LastLoss : row.Loss, row.Epoch);
        if (row.JudgedLoss is { } judged)
        {
            log.Scalar(Phases.Pretraining, "Self-Supervised Loss/judged", judged, row.Epoch);
        }

        foreach (var (part, value) in row.EmbeddingStd)
        {
            log.Scalar(Phases.Pretraining, $"Embedding std/{part}", value, row.Epoch);
        }

        foreach (var (part, norm) in row.GradientNorms)
        {
            log.Scalar(Phases.Pretraining, $"Learning rate/{part}", row.LearningRates[part], row.Epoch);
            log.Scalar(Phases.Pretraining, $"Gradient norm/{part}", norm, row.Epoch);
        }

        foreach (var (name, value) in row.Figures)
        {
            log.Scalar(Phases.Pretraining, $"Method/{name}", value, row.Epoch);
        }

        foreach (var (name, score) in row.Probes)
        {
            log.Scalar(Phases.Pretraining, $"Probe/{name}", score, row.Epoch);
        }

        logger.LogInformation(
            "Pretraining epoch {Epoch}/{Epochs}: loss {Loss:0.000000}{Judged}, learning rate {Rate:0.000e+0}, {Norms}embedding std {Spread}, {Probes}{Figures}{ImagesPerSecond:0} images/s, {DataWait:P1} of the time waiting for images",
            row.Epoch,
            options.Epochs,
            options.LogLossOfLastBatch ? row.LastLoss : row.Loss,
            row.JudgedLoss is { } lowest ? $" (judged by {lowest:0.000000})" : string.Empty,
            row.LearningRate,
            row.GradientNorms.Count == 0 ? string.Empty : $"gradient norm {string.Join(", ", row.GradientNorms.Select(n => $"{n.Key} {n.Value:0.00}"))}, ",
            row.EmbeddingStd.Count == 0 ? "not measured" : string.Join(", ", row.EmbeddingStd.Select(s => $"{s.Key} {s.Value:0.000}")),
            string.Concat(row.Probes.Select(p => $"{p.Key} {p.Value:0.000}, ")),
            string.Concat(row.Figures.Select(f => $"{f.Key} {f.Value:0.000}, ")),
            row.ImagesPerSecond,
            row.DataWait);
        if (row.Verdict is null && !isUnmeasuredKnown)
        {
            isUnmeasuredKnown = true;
            logger.LogWarning(
                "Whether the networks collapse is not known: the method gives less than two embeddings of an epoch's last images. Put what each network makes of the images into SelfSupervisedOutput.Embeddings.{Consequence}",
                options.StopWhenCollapsed ? " Until then Pretraining.StopWhenCollapsed stops nothing." : string.Empty);
        }

        if (row.Verdict == CollapseVerdict.Collapsed)
        {
            logger.LogWarning(
                "The networks have collapsed in epoch {Epoch}: they give all images nearly the same embedding, whatever the loss says ({Report}). Choose a method or a safeguard against it (Method.Safeguard of CASS), or a lower learning rate.",
                row.Epoch,
                collapse);
        }
    }
}
