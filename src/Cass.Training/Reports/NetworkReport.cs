using Cass.Data;
using Cass.Metrics;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>How a fine-tuned network fared on test images, for the report of a run.</summary>
public sealed record NetworkReport
{
    private const int SamplesOfEach = 8;

    /// <summary>The figures.</summary>
    public required EvaluationReport Evaluation { get; init; }

    /// <summary>
    /// Micro F1 with its 95 % interval, by bootstrap over the images, or over the patients where they are known; null where
    /// there is a single one, of which no interval can be made.
    /// </summary>
    public required ConfidenceInterval? F1 { get; init; }

    /// <summary>
    /// F1 of each class with its 95 % interval, by the same bootstrap, or exact for a class without a hit or without a fault
    /// (<see cref="Bootstrap.LabelIntervals"/>); in the order of the ids. Null in the same case, and for a class that no image has
    /// and that was never predicted.
    /// </summary>
    public required IReadOnlyList<ConfidenceInterval?> ClassF1 { get; init; }

    /// <summary>How fine-tuning went; empty for a classifier that was loaded.</summary>
    public required IReadOnlyList<FineTuningEpoch> History { get; init; }

    /// <summary>The wrong predictions that the network was surest of, surest first; empty where images have several labels.</summary>
    public required IReadOnlyList<SamplePrediction> Wrong { get; init; }

    /// <summary>Right predictions, evenly from the surest to the least sure; empty where images have several labels.</summary>
    public required IReadOnlyList<SamplePrediction> Right { get; init; }

    /// <summary>Scores a classifier.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="test">Labelled images that it was not trained on.</param>
    /// <param name="progress">Told after every batch, and then in the phase <see cref="TrainingPhase.Intervals"/>.</param>
    /// <param name="cancellationToken">Stops within one batch, or one resample.</param>
    /// <returns>The report.</returns>
    /// <exception cref="CassInputException">The classes differ, there is no image, or one cannot be read.</exception>
    public static NetworkReport Of(ImageClassifier classifier, ImageDataset test, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(test);
        // Samples go by their places, so that images come in order.
        var options = new EvaluationOptions
        {
            BatchSize = classifier.EvaluationOptions.BatchSize,
            LossOfLastBatch = classifier.EvaluationOptions.LossOfLastBatch,
            Loading = classifier.EvaluationOptions.Loading,
        };
        var (scores, known) = classifier.Score(test, options, findsKnown: true, progress, cancellationToken);
        using var disposed = scores;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var probabilities = classifier.Activation.Probabilities(scores.Logits);
        string?[]? patients = test.IsGrouped ? [.. Enumerable.Range(0, test.Count).Select(test.GroupOf)] : null;
        var (wrong, right) = test.IsMultiLabel ? ([], []) : Samples(classifier, test, probabilities);
        var intervals = Intervals(classifier, probabilities, scores.Targets, patients, progress, cancellationToken);
        return new NetworkReport
        {
            Evaluation = classifier.ReportOf(scores, test, known) with { Loss = classifier.LossOf(scores, options) },
            F1 = intervals.Average,
            ClassF1 = intervals.Classes,
            History = classifier.History,
            Wrong = wrong,
            Right = right,
        };
    }

    private static LabelIntervals Intervals(
        ImageClassifier classifier,
        Tensor probabilities,
        Tensor targets,
        string?[]? patients,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        var independent = patients is null ? probabilities.shape[0] : patients.Count(patient => patient is null) + patients.OfType<string>().Distinct(StringComparer.Ordinal).Count();
        if (independent < 2)
        {
            return new LabelIntervals(null, new ConfidenceInterval?[classifier.Labels.Count]);
        }

        // A resample without a class says nothing about it; counted as 0, it would draw the intervals of rare classes down.
        var decisions = new LabelMetricOptions { Decision = classifier.Activation.Decision(), Thresholds = classifier.Thresholds, ZeroDivision = ZeroDivision.NaN };
        return Bootstrap.LabelIntervals(
            () => new MultiLabelF1(decisions),
            probabilities,
            targets,
            patients,
            progress: progress is null ? null : new IntervalProgress(classifier.Network.ModelName, progress),
            cancellationToken: cancellationToken);
    }

    private static (IReadOnlyList<SamplePrediction> Wrong, IReadOnlyList<SamplePrediction> Right) Samples(ImageClassifier classifier, ImageDataset test, Tensor probabilities)
    {
        var classes = classifier.Labels.Count;
        var values = probabilities.to(ScalarType.Float32).contiguous().data<float>().ToArray();
        var all = Enumerable.Range(0, test.Count).Select(i =>
        {
            var row = values.AsSpan(i * classes, classes);
            var top = 0;
            for (var c = 1; c < classes; c++)
            {
                top = row[c] > row[top] ? c : top;
            }

            return (Image: i, Truth: test.LabelsOf(i)[0], Top: top, Probability: row[top]);
        }).OrderByDescending(p => p.Probability).ToList();
        SamplePrediction Sample((int Image, int Truth, int Top, float Probability) p) =>
            new(test.NameOf(p.Image), classifier.Labels[p.Truth], classifier.Labels[p.Top], p.Probability, test.Images[p.Image]);
        var right = all.Where(p => p.Top == p.Truth).ToList();
        return (
            [.. all.Where(p => p.Top != p.Truth).Take(SamplesOfEach).Select(Sample)],
            [.. right.Where((_, i) => i % Math.Max(1, right.Count / SamplesOfEach) == 0).Take(SamplesOfEach).Select(Sample)]);
    }
}
