using Cass.Data;
using Cass.Metrics;
using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Several classifiers as one, such as both networks of a CASS pair: the mean of their probabilities. May be used from
/// several threads at once. It owns those that <see cref="Load"/> has read, and no others.
/// </summary>
public sealed class ClassifierEnsemble : IDecodingPredictor, IDisposable
{
    private readonly ImageClassifier[] classifiers;
    private readonly ImagePipeline[] pipelines;
    private readonly bool ownsClassifiers;
    private readonly double[]? thresholds;

    /// <summary>Puts classifiers together.</summary>
    /// <param name="classifiers">At least one; all know the same classes in the same order.</param>
    /// <exception cref="CassInputException">There is none, their classes differ, or some have a softmax and others sigmoids.</exception>
    public ClassifierEnsemble(params IReadOnlyList<ImageClassifier> classifiers)
        : this(classifiers, ownsClassifiers: false)
    {
    }

    private ClassifierEnsemble(IReadOnlyList<ImageClassifier> classifiers, bool ownsClassifiers)
    {
        ArgumentNullException.ThrowIfNull(classifiers);
        if (classifiers.Count == 0)
        {
            throw new CassInputException("An ensemble needs at least one classifier.");
        }

        var other = classifiers.FirstOrDefault(classifier => !classifier.Labels.Equals(classifiers[0].Labels));
        if (other is not null)
        {
            throw new CassInputException($"{other.Network.ModelName} knows the classes {other.Labels}, {classifiers[0].Network.ModelName} knows {classifiers[0].Labels}; fine-tune them with one label map.");
        }

        if (classifiers.FirstOrDefault(classifier => classifier.Activation != classifiers[0].Activation) is { } unlike)
        {
            throw new CassInputException($"{unlike.Network.ModelName} gives probabilities by {Named(unlike)}, {classifiers[0].Network.ModelName} by {Named(classifiers[0])}; their mean means nothing. Fine-tune them with one loss.");
        }

        this.classifiers = [.. classifiers];
        this.ownsClassifiers = ownsClassifiers;
        pipelines = [.. classifiers.Select(classifier => classifier.Pipeline)];
        thresholds = Activation == OutputActivation.Softmax ? null : [.. Enumerable.Range(0, Labels.Count).Select(i => this.classifiers.Average(classifier => classifier.Thresholds[i]))];
    }

    /// <inheritdoc/>
    public LabelMap Labels => classifiers[0].Labels;

    /// <summary>The classifiers, in the order that they were given in.</summary>
    public IReadOnlyList<ImageClassifier> Classifiers => classifiers;

    /// <summary>How the classifiers make probabilities of their outputs, and the ensemble labels of their mean.</summary>
    public OutputActivation Activation => classifiers[0].Activation;

    /// <summary>Probabilities above which labels are predicted, by class: the mean of the classifiers'. Empty where they have a softmax, since the most probable class is then predicted.</summary>
    public IReadOnlyList<double> Thresholds => thresholds ?? [];

    /// <summary>How images are decoded, once for all classifiers: as the first of them does.</summary>
    public ImageDecodingOptions Decoding => classifiers[0].Decoding;

    /// <summary>Reads classifiers that <see cref="ImageClassifier.Save"/> wrote, and puts them together.</summary>
    /// <param name="folders">Their folders, at least one.</param>
    /// <param name="device">Where to run them; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <param name="registry">Where the networks' names are looked up; <see cref="BackboneRegistry.Default"/> where null.</param>
    /// <returns>The ensemble; the caller disposes it, and the classifiers with it.</returns>
    /// <exception cref="CassInputException">A folder or a file of it is missing or was altered, or the classifiers do not go together; the message says which.</exception>
    public static ClassifierEnsemble Load(IReadOnlyList<string> folders, TrainingDevice? device = null, BackboneRegistry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var loaded = new List<ImageClassifier>();
        try
        {
            loaded.AddRange(folders.Select(folder => ImageClassifier.Load(folder, device, registry)));
            return new ClassifierEnsemble(loaded, ownsClassifiers: true);
        }
        catch
        {
            loaded.ForEach(classifier => classifier.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public IImageSource Prepare(IImageSource image) => PreparedImage.Of(image, Decoding, pipelines);

    /// <inheritdoc/>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        IImageSource[] prepared = [.. images.Select((image, i) => Prepare(image ?? throw new ArgumentException($"Image {i} is null.", nameof(images))))];
        var each = classifiers.Select(classifier => classifier.Probabilities(prepared)).ToList();
        var classes = Labels.Count;
        var mean = new float[images.Count * classes];
        for (var i = 0; i < mean.Length; i++)
        {
            mean[i] = each.Average(probabilities => probabilities[i]);
        }

        return [.. images.Select((image, i) => Prediction.Of(image.Name, Labels, thresholds, mean.AsSpan(i * classes, classes)))];
    }

    /// <summary>
    /// Scores the ensemble on labelled images as <see cref="ImageClassifier.Evaluate"/> does one classifier, by the mean of the classifiers' probabilities.
    /// An image counts as known from training where any of the classifiers was trained on it or one like it; there is no loss.
    /// </summary>
    /// <param name="dataset">The images, of the same classes.</param>
    /// <param name="options">How; <see cref="ImageClassifier.EvaluationOptions"/> of the first classifier where null.</param>
    /// <param name="progress">Told after every batch of every classifier, one classifier after the other; its counts begin anew with each.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    /// <returns>F1 and its relatives, per class too, and the confusion matrix; the network's name is those of all, joined by <c>+</c>.</returns>
    /// <exception cref="CassInputException">The classes differ, there is no image, or one cannot be read.</exception>
    public EvaluationReport Evaluate(
        ImageDataset dataset,
        EvaluationOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= classifiers[0].EvaluationOptions;
        OptionsRules.ThrowIfInvalid(options, "Evaluation");
        var (scores, known) = Score(dataset, options, findsKnown: true, progress, cancellationToken);
        using var disposed = scores;
        var name = string.Join(" + ", classifiers.Select(classifier => classifier.Network.ModelName));
        var limits = thresholds is null ? DecisionThresholds.Half : DecisionThresholds.PerClass(thresholds);
        var report = Evaluator.Report(name, scores, Labels, dataset.IsMultiLabel, limits, Activation);
        return known is null ? report : report with { Unseen = Evaluator.Unseen(report, scores, known, classifiers[0].DuplicateCheck.Compare, Labels, limits, Activation) };
    }

    /// <summary>The mean probabilities of labelled images, with their targets and groups, as <see cref="ImageClassifier.Score(ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> gives those of one classifier.</summary>
    /// <param name="dataset">The images, of the same classes.</param>
    /// <param name="progress">Told after every batch of every classifier, one classifier after the other; its counts begin anew with each.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    /// <returns>The scores; the caller disposes them.</returns>
    /// <exception cref="CassInputException">The classes differ, there is no image, or one cannot be read.</exception>
    public ImageScores Score(ImageDataset dataset, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var (scores, _) = Score(dataset, classifiers[0].PlainEvaluation, findsKnown: false, progress, cancellationToken);
        using var disposed = scores;
        return ImageScores.Of(scores, Activation, dataset);
    }

    /// <summary>Disposes the classifiers that <see cref="Load"/> has read.</summary>
    public void Dispose()
    {
        if (ownsClassifiers)
        {
            Array.ForEach(classifiers, classifier => classifier.Dispose());
        }
    }

    private (Scores Scores, HashSet<int>? Known) Score(ImageDataset dataset, EvaluationOptions options, bool findsKnown, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var each = new List<Scores>(classifiers.Length);
        HashSet<int>? known = null;
        try
        {
            foreach (var classifier in classifiers)
            {
                var (scores, its) = classifier.Score(dataset, options, findsKnown, progress, cancellationToken);
                each.Add(scores);
                if (its is not null)
                {
                    (known ??= []).UnionWith(its);
                }
            }

            using var scope = NewDisposeScope();
            var logits = Activation.LogitsOfMean([.. each.Select(scores => scores.Logits)]).to(each[0].Logits.dtype);
            return (each[0] with { Logits = logits.DetachFromDisposeScope(), Targets = each[0].Targets.clone().DetachFromDisposeScope() }, known);
        }
        finally
        {
            each.ForEach(scores => scores.Dispose());
        }
    }

    private static string Named(ImageClassifier classifier) => classifier.Activation == OutputActivation.Softmax ? "a softmax" : "sigmoids";
}
