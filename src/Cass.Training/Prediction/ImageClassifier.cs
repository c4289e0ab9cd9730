using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cass.Data;
using Cass.Metrics;
using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// A fine-tuned network with everything that prediction needs: class names, image size, normalisation, activation, thresholds.
/// </summary>
/// <remarks>
/// <see cref="Save"/> writes a folder that <see cref="Load"/> reads back, and whose weights and <c>config.json</c> timm
/// reads too. Prediction may be called from several threads at once.
/// </remarks>
public sealed class ImageClassifier : IDecodingPredictor, IDisposable
{
    private static readonly string[] Files = [BackboneFolder.WeightsFile, BackboneFolder.ConfigurationFile];
    private const string SettingsFile = "classifier.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) } };

    private readonly ImagePipeline pipeline;
    private readonly nn.Module<Tensor, Tensor, Tensor>? loss;
    private readonly Device device;
    private readonly ScalarType type;
    private bool isDisposed;
    private ImageDecodingOptions decoding = ImageDecodingOptions.ForPrediction;

    internal ImageClassifier(Backbone network, LabelMap labels, int imageHeight, int imageWidth, ChannelStatistics normalization, DecisionThresholds thresholds, nn.Module<Tensor, Tensor, Tensor>? loss = null, OutputActivation activation = OutputActivation.Sigmoid)
    {
        Activation = activation;
        this.loss = loss;
        Network = network;
        Labels = labels;
        ImageHeight = imageHeight;
        ImageWidth = imageWidth;
        Normalization = normalization;
        Thresholds = thresholds;
        var parameter = network.parameters().First();
        (device, type) = (parameter.device, parameter.dtype);
        pipeline = CassTransforms.Validation(imageHeight, imageWidth, normalization);
    }

    /// <summary>The network, in evaluation mode.</summary>
    public Backbone Network { get; }

    /// <summary>The classes, in the order of the network's outputs.</summary>
    public LabelMap Labels { get; }

    /// <summary>Height in pixels that images are resized to.</summary>
    public int ImageHeight { get; }

    /// <summary>Width in pixels that images are resized to.</summary>
    public int ImageWidth { get; }

    /// <summary>What inputs in [0, 1] are normalised with.</summary>
    public ChannelStatistics Normalization { get; }

    /// <summary>How the network's outputs become probabilities, and these labels.</summary>
    public OutputActivation Activation { get; }

    /// <summary>
    /// Probabilities above which labels are predicted: one for all classes, or one each. Without effect where <see cref="Activation"/> is
    /// <see cref="OutputActivation.Softmax"/>, since the most probable class is then predicted.
    /// </summary>
    public DecisionThresholds Thresholds { get; internal set; }

    /// <summary>The views of an image whose probabilities are averaged in prediction and evaluation. Default none; it is not saved.</summary>
    public TestTimeAugmentation TestTimeAugmentation { get; set; }

    /// <summary>
    /// How <see cref="Predict"/> and <see cref="Embed"/> decode images that have no options of their own. Default
    /// <see cref="ImageDecodingOptions.ForPrediction"/>, whose limits are lower than training's; it is not saved. <see cref="Evaluate"/> goes by the images' options.
    /// </summary>
    public ImageDecodingOptions Decoding
    {
        get => decoding;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            decoding = value;
        }
    }

    /// <summary>How fine-tuning went; empty for a classifier that was loaded.</summary>
    public IReadOnlyList<FineTuningEpoch> History { get; internal set; } = [];

    /// <summary>How <see cref="Evaluate"/> goes about it where it is not told otherwise.</summary>
    public EvaluationOptions EvaluationOptions { get; init; } = new();

    /// <summary>
    /// The images that the classifier was trained on, which <see cref="Evaluate"/> compares images with: the trainer's training
    /// images, whatever share of their labels was used. Null for a classifier that was loaded; it may be set, and is not saved.
    /// </summary>
    public ImageDataset? TrainingImages { get; set; }

    /// <summary>
    /// The processes that <see cref="Evaluate"/> and <see cref="Score(ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> share the images with: all of them
    /// call it, and all get the whole result. Null, the default of a classifier that was loaded, where this process does it alone; of one that was trained
    /// by several processes, these.
    /// </summary>
    public IProcessGroup? ProcessGroup { get; set; }

    /// <summary>How <see cref="Evaluate"/> compares images with <see cref="TrainingImages"/>.</summary>
    public DuplicateCheckOptions DuplicateCheck { get; set; } = new();

    /// <summary>The files of a saved classifier.</summary>
    internal static string[] FilesOf(string folder) => [.. Files.Append(SettingsFile).Select(file => Path.Combine(folder, file))];

    /// <summary>What makes an input of an image.</summary>
    internal ImagePipeline Pipeline => pipeline;

    /// <summary>Does the comparing; the trainer's own, so that a trainer reads no image twice and says nothing twice.</summary>
    internal DuplicateGuard Guard { get; init; } = new(WarningLogger.Instance);

    /// <summary>Reads a classifier that <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where to run it; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <param name="registry">Where the network's name is looked up; <see cref="BackboneRegistry.Default"/> where null.</param>
    /// <returns>The classifier; the caller disposes it.</returns>
    /// <exception cref="DamagedClassifierException">The folder or a file of it is missing or was altered; it is named.</exception>
    /// <exception cref="UnknownBackboneException">The registry does not have the network's architecture.</exception>
    public static ImageClassifier Load(string folder, TrainingDevice? device = null, BackboneRegistry? registry = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        TorchBackend.EnsureLoaded();
        var target = (device ?? TrainingDevice.Best).Resolve();
        var settings = ReadSettings(folder);
        if (!string.Equals(settings.Xxh128, settings.Hash(), StringComparison.Ordinal))
        {
            throw new DamagedClassifierException(Path.Combine(folder, SettingsFile), $"'{Path.Combine(folder, SettingsFile)}' was altered: its hash is not that of its content. Save the classifier again.");
        }

        RequireUnaltered(folder, settings);
        return DeviceMemory.Guard(target, $"the classifier in '{folder}'", "Choose a device with more memory, or give the process more.", () => LoadUnaltered(folder, settings, registry, target));
    }

    private static ImageClassifier LoadUnaltered(string folder, ClassifierSettings settings, BackboneRegistry? registry, Device target)
    {
        var network = LoadNetwork(folder, settings, registry);
        try
        {
            network.to(target);
            network.eval();
            var classifier = new ImageClassifier(
                network,
                new LabelMap(settings.Labels),
                settings.ImageHeight,
                settings.ImageWidth,
                new ChannelStatistics(settings.Mean, settings.Std),
                settings.Thresholds is [var threshold] ? DecisionThresholds.Uniform(threshold) : DecisionThresholds.PerClass(settings.Thresholds),
                activation: settings.Activation ?? OutputActivation.Sigmoid);
            classifier.SettleLayout();
            return classifier;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the classifier: <c>model.safetensors</c> and <c>config.json</c>, which timm reads, and
    /// <c>classifier.json</c> with classes, image size, normalisation, thresholds and, if it is a softmax, the activation.
    /// </summary>
    /// <param name="folder">The folder; created where it is missing. Files of those names are replaced.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        BackboneFolder.Save(Network, folder, [.. Labels.Names], Normalization.Mean, Normalization.Std);
        var settings = new ClassifierSettings(
            Network.ModelName,
            [.. Labels.Names],
            ImageHeight,
            ImageWidth,
            [.. Normalization.Mean],
            [.. Normalization.Std],
            [.. Thresholds.Values],
            Files.ToDictionary(file => file, file => FileHash.Of(Path.Combine(folder, file)), StringComparer.Ordinal))
        {
            Activation = Activation == OutputActivation.Sigmoid ? null : Activation,
        };
        AtomicFile.WriteText(Path.Combine(folder, SettingsFile), JsonSerializer.Serialize(settings with { Xxh128 = settings.Hash() }, Json) + "\n");
    }

    /// <inheritdoc/>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var probabilities = Probabilities(images);
        double[]? thresholds = Activation == OutputActivation.Softmax ? null : [.. Enumerable.Range(0, Labels.Count).Select(i => Thresholds[i])];
        return [.. images.Select((image, i) => Prediction.Of(image.Name, Labels, thresholds, probabilities.AsSpan(i * Labels.Count, Labels.Count)))];
    }

    /// <inheritdoc/>
    public IImageSource Prepare(IImageSource image) => PreparedImage.Of(image, Decoding, pipeline);

    /// <summary>
    /// What the network makes of images before it classifies them: its pooled features, by which images can be searched,
    /// clustered or drawn. May be called from several threads at once.
    /// </summary>
    /// <param name="images">Where they come from; one batch.</param>
    /// <returns>For each image, <see cref="Backbone.NumFeatures"/> numbers.</returns>
    /// <exception cref="CassInputException">An image is missing or unreadable; the message names it.</exception>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (images.Count == 0)
        {
            return [];
        }

        var values = Compute(images, () => InferenceParts.Forward(Network, Input(images), Network.ForwardPooled));
        return [.. values.Chunk(values.Length / images.Count)];
    }

    /// <summary>
    /// Scores the network on labelled images. Where <see cref="TrainingImages"/> are known, images that equal or resemble one
    /// are counted, and the scores are given without them too: <see cref="EvaluationReport.Unseen"/>. Each image is scored once, by what
    /// <see cref="Predict"/> gives: with <see cref="TestTimeAugmentation"/>, by the mean of its views' probabilities.
    /// </summary>
    /// <param name="dataset">The images, of the same classes.</param>
    /// <param name="options">How; <see cref="EvaluationOptions"/> where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    /// <returns>F1 and its relatives, per class too, and the confusion matrix.</returns>
    /// <exception cref="CassInputException">The classes differ, there is no image, or one cannot be read.</exception>
    public EvaluationReport Evaluate(
        ImageDataset dataset,
        EvaluationOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        options ??= EvaluationOptions;
        OptionsRules.ThrowIfInvalid(options, "Evaluation");
        var (scores, known) = Score(dataset, options, findsKnown: true, progress, cancellationToken);
        using var disposed = scores;
        return ReportOf(scores, dataset, known) with { Loss = LossOf(scores, options) };
    }

    /// <summary>
    /// The probabilities of labelled images, with their targets and groups: for metrics that <see cref="Evaluate"/> does not give, for intervals
    /// (<see cref="Bootstrap"/>) and for comparisons of classifiers (<see cref="PairedComparison"/>). Every image once, in the order of the dataset, with
    /// <see cref="TestTimeAugmentation"/> where that is set.
    /// </summary>
    /// <param name="dataset">The images, of the same classes.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    /// <returns>The scores; the caller disposes them.</returns>
    /// <exception cref="CassInputException">The classes differ, there is no image, or one cannot be read.</exception>
    public ImageScores Score(ImageDataset dataset, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var (scores, _) = Score(dataset, PlainEvaluation, findsKnown: false, progress, cancellationToken);
        using var disposed = scores;
        return ImageScores.Of(scores, Activation, dataset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        Network.Dispose();
        loss?.Dispose();
    }

    /// <summary>The evaluation's batches and loading, of the images as they are and in their order.</summary>
    internal EvaluationOptions PlainEvaluation => new() { BatchSize = EvaluationOptions.BatchSize, Loading = EvaluationOptions.Loading };

    /// <summary>Scores labelled images, together with other processes where there are some, and finds those that are known from training where that is asked for.</summary>
    /// <returns>The scores, which the caller disposes, and positions of known images; null where they are not looked for.</returns>
    internal (Scores Scores, HashSet<int>? Known) Score(ImageDataset dataset, EvaluationOptions options, bool findsKnown, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (Processes is { } processes)
        {
            processes.Begin(() =>
            {
                RequireFit(dataset);
                return new JsonObject { [nameof(Network)] = Network.ModelName, [nameof(TestTimeAugmentation)] = TestTimeAugmentation.ToString(), ["Evaluation"] = RunSettings.Of(options) };
            });
            processes.RequireSame(ImageListing.Of("evaluation", dataset));
        }
        else
        {
            RequireFit(dataset);
        }

        var known = !findsKnown ? null : Processes is { } others ? others.Together(() => KnownImages(dataset, cancellationToken)) : KnownImages(dataset, cancellationToken);
        using var loader = Loader(dataset, options);
        return (Score(loader, progress, cancellationToken), known);
    }

    /// <summary>The processes that share the images out; null where this one is alone.</summary>
    private DistributedRun? Processes => ProcessGroup is null or { Size: 1 } ? null : new(ProcessGroup, synchronizeBatchNorm: false);

    /// <summary>Rejects images that the classifier cannot be scored on.</summary>
    private void RequireFit(ImageDataset dataset)
    {
        if (!dataset.Labels.Equals(Labels))
        {
            throw new CassInputException($"The images have the classes {dataset.Labels}; the classifier knows {Labels}, in this order. Read the images with the classifier's label map.");
        }

        if (dataset.Count == 0)
        {
            throw new CassInputException("There is no image to evaluate on.");
        }

        if (dataset.IsMultiLabel && Activation == OutputActivation.Softmax)
        {
            throw new CassInputException($"The images may have several labels or none; {Network.ModelName} was trained with a softmax, which gives every image exactly one. Evaluate on images of one label each, or fine-tune with FineTuningLoss.Focal.");
        }
    }

    /// <summary>Positions of the images that equal or resemble a training image; null where they are not compared.</summary>
    private HashSet<int>? KnownImages(ImageDataset dataset, CancellationToken cancellationToken)
    {
        OptionsRules.ThrowIfInvalid(DuplicateCheck, nameof(DuplicateCheck));
        return TrainingImages is null
            ? null
            : Guard.Check(DuplicateCheck, TrainingImages, "evaluation", dataset, cancellationToken)?.MatchesOf("evaluation").Select(match => match.Index).ToHashSet();
    }

    /// <summary>What the logits amount to, with and without the images that are known from training.</summary>
    internal EvaluationReport ReportOf(Scores scores, ImageDataset dataset, IReadOnlySet<int>? known)
    {
        var report = Evaluator.Report(Network.ModelName, scores, Labels, dataset.IsMultiLabel, Thresholds, Activation);
        return known is null ? report : report with { Unseen = Evaluator.Unseen(report, scores, known, DuplicateCheck.Compare, Labels, Thresholds, Activation) };
    }

    /// <summary>Batches of images to be scored.</summary>
    internal ImageLoader Loader(ImageDataset dataset, EvaluationOptions options) => new(
        dataset,
        options.AugmentImages ? CassTransforms.Training(ImageHeight, ImageWidth, Normalization) : pipeline,
        Loaders.Options(
            options.Loading,
            Math.Min(options.BatchSize, dataset.Count),
            seed: 0,
            shuffle: options.AugmentImages,
            dropLast: options.AugmentImages));

    /// <summary>Gives the network the layout that all classifiers predict in, so that a saved and loaded one gives the same bits.</summary>
    internal void SettleLayout()
    {
        if (type == ScalarType.Float32)
        {
            Network.ToChannelsLast();
        }
    }

    /// <summary>The network's logits for every image, in the order of the batches. Leaves the network in evaluation mode.</summary>
    internal Scores Score(IBatchSource source, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) => Processes is not { } processes
        ? ScoreBatches(source, source.ReadEpoch(epoch: 1, cancellationToken: cancellationToken), progress, cancellationToken)!
        : DistributedScores.Merge(
            processes.Together(() => ScoreBatches(source, source.ReadInTurn(epoch: 1, processes.Share, cancellationToken), processes.IsMain ? progress : null, cancellationToken)),
            Labels.Count,
            type,
            processes.Group);

    /// <summary>The scores of some of a source's batches; null where there are none.</summary>
    private Scores? ScoreBatches(IBatchSource source, IEnumerable<ImageBatch> batches, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) => DeviceMemory.Guard(
        device,
        $"scoring {Network.ModelName} on images of {ImageHeight}×{ImageWidth}",
        "Lower Evaluation.BatchSize, or choose a device with more memory.",
        () => ComputeScores(source, batches, progress, cancellationToken));

    private Scores? ComputeScores(IBatchSource source, IEnumerable<ImageBatch> batches, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(TrainingPhase.Evaluation, Network.ModelName, 1, source.BatchesPerEpoch, progress);
        meter.BeginEpoch(1);
        Network.eval();
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var logits = new List<Tensor>();
        var targets = new List<Tensor>();
        var batchSizes = new List<int>();
        var indices = new List<int>();
        foreach (var batch in batches)
        {
            using (batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                targets.Add(batch.Targets!.cpu().clone().MoveToOuterDisposeScope());
                batch.MoveTo(device, type);
                logits.Add(LogitsOf(batch.Images).cpu().MoveToOuterDisposeScope());
                NonFiniteInputs.RequireFiniteOutput(logits[^1], batch, source, Network.ModelName);
                batchSizes.Add(batch.Count);
                indices.AddRange(batch.Indices);
                meter.Batch(batch.Count, loss: null, new Dictionary<string, double>(StringComparer.Ordinal));
            }
        }

        return logits.Count == 0 && ProcessGroup is { Size: > 1 } ? null : new Scores(cat(logits).DetachFromDisposeScope(), cat(targets).DetachFromDisposeScope(), batchSizes, indices);
    }

    /// <summary>Mean loss over the images, or that of the last batch, as the options say; null for a classifier that was loaded.</summary>
    internal double? LossOf(Scores scores, EvaluationOptions options)
    {
        if (loss is null)
        {
            return null;
        }

        using var guard = no_grad();
        var losses = scores.BatchLosses(loss, device, type);
        return options.LossOfLastBatch ? losses[^1].Loss : losses.Sum(b => b.Loss * b.Count) / losses.Sum(b => b.Count);
    }

    private static ClassifierSettings ReadSettings(string folder)
    {
        var path = Existing(folder, SettingsFile);
        try
        {
            var settings = JsonSerializer.Deserialize<ClassifierSettings>(File.ReadAllText(path), Json);
            return settings is not null && settings.Thresholds?.Length is not 1 && settings.Thresholds?.Length != settings.Labels?.Length
                ? throw new DamagedClassifierException(path, $"'{path}' has {settings.Thresholds?.Length ?? 0} thresholds for {settings.Labels?.Length ?? 0} labels; there must be one, or one for each. Save the classifier again.")
                : settings is { Architecture.Length: > 0, Labels.Length: > 0, Thresholds.Length: > 0, Mean.Length: 3, Std.Length: 3, ImageHeight: > 0, ImageWidth: > 0, FilesXxh128.Count: > 0 }
                ? settings
                : throw new DamagedClassifierException(path, $"'{path}' lacks the architecture, labels, image size, mean, std or the hashes of its files; save the classifier again.");
        }
        catch (JsonException error)
        {
            throw new DamagedClassifierException(path, $"'{path}' is not valid JSON: {error.Message} Save the classifier again.", error);
        }
    }

    private static string Existing(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        FileStatus.RequireContent(path);

        // A link exists even where what it points to does not.
        if (File.Exists(path) && new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is null or { Exists: true })
        {
            return path;
        }

        throw Directory.Exists(folder)
            ? new DamagedClassifierException(path, $"'{folder}' is not a saved classifier: it has no {file}. Give the folder that {nameof(ImageClassifier)}.{nameof(Save)} wrote; if this is the one, save the classifier again.")
            : new DamagedClassifierException(folder, File.Exists(folder) ? $"'{folder}' is a file; give the folder that the classifier was saved to." : $"The folder '{folder}' does not exist{(Path.IsPathRooted(folder) ? string.Empty : $" in '{Directory.GetCurrentDirectory()}'")}. Give the folder that {nameof(ImageClassifier)}.{nameof(Save)} wrote.");
    }

    private static void RequireUnaltered(string folder, ClassifierSettings settings)
    {
        foreach (var file in Files)
        {
            var path = Existing(folder, file);
            if (!string.Equals(settings.FilesXxh128.GetValueOrDefault(file), FileHash.Of(path), StringComparison.Ordinal))
            {
                throw new DamagedClassifierException(path, $"'{path}' is not the file that was saved with '{SettingsFile}': it was altered, or is incomplete. Save the classifier again.");
            }
        }
    }

    private static Backbone LoadNetwork(string folder, ClassifierSettings settings, BackboneRegistry? registry)
    {
        var network = BackboneFolder.Load(folder, registry);
        if (network.NumClasses == settings.Labels.Length)
        {
            return network;
        }

        var classes = network.NumClasses;
        network.Dispose();
        throw new DamagedClassifierException(Path.Combine(folder, SettingsFile), $"'{Path.Combine(folder, SettingsFile)}' has {settings.Labels.Length} labels; the network beside it has {classes} classes. Save the classifier again.");
    }

    /// <summary>The network's outputs for a batch that is normalised already, in the mode that the network is in, without gradient.</summary>
    internal Tensor Logits(Tensor images)
    {
        using var guard = no_grad();
        return Network.forward(images.to(type, device));
    }

    /// <summary>[images, classes] in [0, 1].</summary>
    internal float[] Probabilities(IReadOnlyList<IImageSource> images)
    {
        if (images.Count == 0)
        {
            return [];
        }

        return Compute(images, () => Activation.Probabilities(LogitsOf(Input(images))));
    }

    /// <summary>The axes that views are mirrored along, beside the image as it is.</summary>
    private long[][] Flips => TestTimeAugmentation switch
    {
        TestTimeAugmentation.HorizontalFlip => [[3]],
        TestTimeAugmentation.Flips => [[3], [2], [2, 3]],
        _ => [],
    };

    /// <summary>The network's outputs; where there are several views of an image, those of their mean probabilities.</summary>
    private Tensor LogitsOf(Tensor images)
    {
        var flips = Flips;
        return flips.Length == 0
            ? Forward(images)
            : Activation.LogitsOfMean([Forward(images), .. flips.Select(flip => Forward(images.flip(flip)))]).to(type);
    }

    private Tensor Forward(Tensor images) => InferenceParts.Forward(Network, images, Network.forward);

    /// <summary>The numbers that the network computes of one batch.</summary>
    private float[] Compute(IReadOnlyList<IImageSource> images, Func<Tensor> compute)
    {
        var numbers = DeviceMemory.Guard(
            device,
            $"{Network.ModelName} on {images.Count} images of {ImageHeight}×{ImageWidth} at once",
            "Give it fewer at a time, or choose a device with more memory.",
            () =>
            {
                using var scope = NewDisposeScope();
                using var guard = inference_mode();
                return compute().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
            });
        return Array.TrueForAll(numbers, float.IsFinite)
            ? numbers
            : throw NonFiniteInputs.NotFinite(Network.ModelName, [.. images.Select(image => image.Name)]);
    }

    private Tensor Input(IReadOnlyList<IImageSource> images)
    {
        var size = 3 * ImageHeight * ImageWidth;
        var pixels = new float[images.Count * size];
        for (var i = 0; i < images.Count; i++)
        {
            var image = images[i] ?? throw new ArgumentException($"Image {i} is null.", nameof(images));
            PreparedImage.Of(image, Decoding, pipeline).Write(pipeline, pixels.AsSpan(i * size, size));
        }

        return tensor(pixels, [images.Count, 3, ImageHeight, ImageWidth]).to(type, device);
    }

    private sealed record ClassifierSettings(
        string Architecture,
        string[] Labels,
        int ImageHeight,
        int ImageWidth,
        double[] Mean,
        double[] Std,
        double[] Thresholds,
        Dictionary<string, string> FilesXxh128)
    {
        /// <summary>Null for a sigmoid: so that the files of versions that had nothing else, and their hashes, stay as they are.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OutputActivation? Activation { get; init; }

        public string Xxh128 { get; init; } = string.Empty;

        /// <summary>The hash of everything else.</summary>
        public string Hash() => FileHash.Of(JsonSerializer.SerializeToUtf8Bytes(this with { Xxh128 = string.Empty }, Json));
    }
}
