using Cass.Models;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Cass.ML;

/// <summary>
/// Makes vectors of images, for ML.NET's own trainers: by networks that it pretrains on the view by CASS, without labels, or by those of a classifier
/// that was trained before. Made by <c>mlContext.Transforms.CassEmbedding</c>.
/// </summary>
public sealed class CassEmbeddingEstimator : IEstimator<CassTransformer>
{
    private readonly IHostEnvironment environment;
    private readonly string outputColumn;
    private readonly string imageColumn;
    private readonly Func<IDataView, IHost, (byte[] Model, ImagePreparation Preparation, IReadOnlyList<string> Names)> prepare;
    private readonly MLContext context = new();

    internal CassEmbeddingEstimator(IHostEnvironment environment, string outputColumn, string imageColumn, CassEmbeddingOptions options)
        : this(environment, outputColumn, imageColumn) => prepare = (view, host) => Pretrained(view, host, options);

    internal CassEmbeddingEstimator(IHostEnvironment environment, string outputColumn, string imageColumn, string classifierFolder, BackboneRegistry? registry)
        : this(environment, outputColumn, imageColumn)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(classifierFolder);
        prepare = (_, _) => OfClassifier(classifierFolder, registry);
    }

    private CassEmbeddingEstimator(IHostEnvironment environment, string outputColumn, string imageColumn)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumn);
        ArgumentException.ThrowIfNullOrWhiteSpace(imageColumn);
        (this.environment, this.outputColumn, this.imageColumn) = (environment, outputColumn, imageColumn);
        prepare = null!;
    }

    /// <summary>Pretrains, where that was asked for.</summary>
    /// <param name="input">The images.</param>
    /// <returns>What embeds; the caller disposes it.</returns>
    /// <exception cref="CassInputException">A column is missing or of another type, a setting is wrong, or an image or a classifier is unreadable; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public CassTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ScoringChain.RequireImages(context, input, imageColumn);
        var host = environment.Register(nameof(CassEmbeddingEstimator), seed: null, verbose: null);
        var (model, preparation, names) = prepare(input, host);
        return CassTransformer.Of(model, file => ScoringChain.Vectors(context, input, preparation, file, outputColumn), [.. names.Select(name => new TrainedNetwork(name, []))]);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _ = ImageColumnKinds.Of(inputSchema, imageColumn);
        return OutputShape.Vectors(context, inputSchema, outputColumn);
    }

    private (byte[] Model, ImagePreparation Preparation, IReadOnlyList<string> Names) Pretrained(IDataView view, IHost host, CassEmbeddingOptions options)
    {
        using var channel = host.Start("Training");
        var builder = CassTrainer.CreateBuilder().UseLogger(new ChannelLogger(channel)).WithSeed(host.Rand.Next());
        options.Configure?.Invoke(builder);
        using var trainer = builder.Build();
        var networks = ChosenNetworks.Of(trainer, options.Networks);
        if (options.Pretrain)
        {
            IReadOnlyList<IImageSource> images = LabeledRows.ReadImages(view, imageColumn, options.CancellationToken);
            IReadOnlyList<IImageSource> unlabeled = options.UnlabeledData is { } more ? LabeledRows.ReadImages(more, imageColumn, options.CancellationToken) : [];
            _ = trainer.Pretrain([.. images, .. unlabeled], options.Progress, options.CancellationToken);
        }

        foreach (var network in networks)
        {
            network.ResetClassifier(0);
        }

        return (ScoringModel.Of(networks, trainer.ImageSize), ScoringModel.PreparationOf(imageColumn, trainer.ImageSize, trainer.Normalization), [.. networks.Select(network => network.ModelName)]);
    }

    private (byte[] Model, ImagePreparation Preparation, IReadOnlyList<string> Names) OfClassifier(string folder, BackboneRegistry? registry)
    {
        using var classifier = ImageClassifier.Load(folder, TrainingDevice.Cpu, registry);
        classifier.Network.ResetClassifier(0);
        return (ScoringModel.Of([classifier.Network], (classifier.ImageHeight, classifier.ImageWidth)), ScoringModel.PreparationOf(imageColumn, classifier), [classifier.Network.ModelName]);
    }
}
