using Cass.Data;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Cass.ML;

/// <summary>
/// Trains a CNN and a vision transformer on the images of a view, by CASS: pretraining on all images, labelled or not, then fine-tuning on those with
/// labels. Made by <c>mlContext.MulticlassClassification.Trainers.Cass</c> and <c>CassMultiLabel</c>.
/// </summary>
public sealed class CassClassificationTrainer : IEstimator<CassTransformer>
{
    private readonly IHostEnvironment environment;
    private readonly CassClassificationOptions options;
    private readonly MLContext context = new();

    internal CassClassificationTrainer(IHostEnvironment environment, CassClassificationOptions options, bool isMultiLabel)
    {
        (string Name, string Column)[] columns =
        [
            (nameof(options.LabelColumnName), options.LabelColumnName), (nameof(options.ImageColumnName), options.ImageColumnName),
            (nameof(options.ScoreColumnName), options.ScoreColumnName), (nameof(options.PredictedLabelColumnName), options.PredictedLabelColumnName),
        ];
        foreach (var (name, column) in columns)
        {
            if (string.IsNullOrWhiteSpace(column))
            {
                throw new CassInputException($"{nameof(CassClassificationOptions)}.{name} is empty; name a column.");
            }
        }

        if (columns.GroupBy(entry => entry.Column, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } shared)
        {
            throw new CassInputException($"{string.Join(" and ", shared.Select(entry => $"{nameof(CassClassificationOptions)}.{entry.Name}"))} are both '{shared.Key}'; one would hide the other. Name four columns.");
        }

        (this.environment, this.options, IsMultiLabel) = (environment, options, isMultiLabel);
    }

    /// <summary>Whether an image may have several labels, or none.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>Trains.</summary>
    /// <param name="input">The training images, with the columns of images and labels.</param>
    /// <returns>What predicts; the caller disposes it.</returns>
    /// <exception cref="CassInputException">A column is missing or of another type, a setting is wrong, or an image is unreadable; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public CassTransformer Fit(IDataView input) => Fit(input, validation: null);

    /// <summary>Trains, and keeps the weights of the best epoch.</summary>
    /// <param name="input">The training images, with the columns of images and labels.</param>
    /// <param name="validation">Images by which the epoch is chosen, and early stopping decided; the last epoch is kept where null. Its labels are keys like those of the training images.</param>
    /// <returns>What predicts; the caller disposes it.</returns>
    /// <exception cref="CassInputException">A column is missing or of another type, a setting is wrong, or an image is unreadable; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public CassTransformer Fit(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        var labels = LabelsOf(input.Schema);
        ScoringChain.RequireImages(context, input, options.ImageColumnName);
        RequireFolder();
        var host = environment.Register(nameof(CassClassificationTrainer), seed: null, verbose: null);
        using var channel = host.Start("Training");
        var logger = new ChannelLogger(channel);
        var builder = CassTrainer.CreateBuilder().UseLogger(logger).WithSeed(host.Rand.Next());
        if (!IsMultiLabel)
        {
            builder.ConfigureFineTuning(fineTuning => fineTuning.Loss = FineTuningLoss.CrossEntropy);
        }

        options.Configure?.Invoke(builder);
        using var trainer = builder.Build();
        if (IsMultiLabel && trainer.Options.FineTuning.Loss != FineTuningLoss.Focal)
        {
            throw new CassInputException($"FineTuning.Loss is {trainer.Options.FineTuning.Loss}, which is for images of one class each; use {nameof(FineTuningLoss.Focal)} for several, or the trainer for one.");
        }

        var networks = ChosenNetworks.Of(trainer, options.Networks);
        var train = LabeledRows.Read(input, options.ImageColumnName, labels, IsMultiLabel, options.CancellationToken);
        var labeled = train.Labeled ?? throw new CassInputException($"No image has a label in column '{options.LabelColumnName}'; where every key is missing, MapValueToKey was fitted to other labels.");
        var validationImages = validation is null ? null : ValidationOf(validation, labels);
        var pretrains = options.Pretrain ?? trainer.Networks.Count > 1;
        if (!pretrains && options.UnlabeledData is not null)
        {
            throw new CassInputException($"{nameof(CassClassificationOptions)}.{nameof(options.UnlabeledData)} is given, and nothing is pretrained on it: choose two networks, or set {nameof(options.Pretrain)}.");
        }

        IReadOnlyList<IImageSource> unlabeled = options.UnlabeledData is { } more ? LabeledRows.ReadImages(more, options.ImageColumnName, options.CancellationToken) : [];
        if (pretrains)
        {
            _ = trainer.Pretrain([.. train.All, .. unlabeled], options.Progress, options.CancellationToken);
        }

        var classifiers = new List<ImageClassifier>();
        try
        {
            foreach (var network in networks)
            {
                classifiers.Add(trainer.FineTune(network, labeled, validationImages, options.Progress, options.CancellationToken));
            }

            return Transformer(input, labels, classifiers);
        }
        finally
        {
            classifiers.ForEach(classifier => classifier.Dispose());
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _ = ImageColumnKinds.Of(inputSchema, options.ImageColumnName);
        if (!inputSchema.Any(column => string.Equals(column.Name, options.LabelColumnName, StringComparison.Ordinal)))
        {
            throw ImageColumnKinds.Missing(options.LabelColumnName, inputSchema.Select(column => column.Name));
        }

        return IsMultiLabel
            ? OutputShape.Labels(context, inputSchema, options.ScoreColumnName, options.PredictedLabelColumnName)
            : OutputShape.Classes(context, inputSchema, options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName);
    }

    private LabelColumn LabelsOf(DataViewSchema schema) =>
        IsMultiLabel ? LabelColumn.Several(schema, options.LabelColumnName) : LabelColumn.Single(schema, options.LabelColumnName);

    /// <summary>Hours of training should not end at a folder.</summary>
    private void RequireFolder()
    {
        try
        {
            _ = options.ClassifierFolder is { } folder ? Directory.CreateDirectory(folder) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CassInputException($"{nameof(CassClassificationOptions)}.{nameof(options.ClassifierFolder)} '{options.ClassifierFolder}' cannot be made: {e.Message.TrimEnd('.')}. Name a folder that can be written to.", e);
        }
    }

    private ImageDataset? ValidationOf(IDataView view, LabelColumn trained)
    {
        var labels = LabelsOf(view.Schema);
        _ = ImageColumnKinds.Of(view.Schema, options.ImageColumnName);
        return labels.Labels.Equals(trained.Labels)
            ? LabeledRows.Read(view, options.ImageColumnName, labels, IsMultiLabel, options.CancellationToken).Labeled
            : throw new CassInputException($"The validation images have the classes {labels.Labels}, the training images {trained.Labels}; make both keys by one fitted MapValueToKey.");
    }

    private CassTransformer Transformer(IDataView input, LabelColumn labels, List<ImageClassifier> classifiers)
    {
        if (options.ClassifierFolder is { } folder)
        {
            foreach (var classifier in classifiers)
            {
                classifier.Save(Path.Combine(folder, classifier.Network.ModelName));
            }
        }

        var preparation = ScoringModel.PreparationOf(options.ImageColumnName, classifiers[0]);
        return CassTransformer.Of(
            ScoringModel.Of(classifiers),
            model => labels is KeyLabelColumn keys
                ? ScoringChain.Classes(context, input, preparation, model, keys.Lookup, options.ScoreColumnName, options.PredictedLabelColumnName)
                : ScoringChain.Labels(context, input, preparation, model, options.ScoreColumnName, options.PredictedLabelColumnName),
            [.. classifiers.Select(classifier => new TrainedNetwork(classifier.Network.ModelName, classifier.History))]);
    }
}
