using Cass.Data;
using Cass.Losses;
using Cass.Metrics;
using Cass.Models;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Pretrains a CNN and a vision transformer together on unlabelled images (CASS), and fine-tunes each on a few labels.
/// </summary>
/// <remarks>
/// Made by <see cref="CreateBuilder"/> or from dependency injection. It owns its two networks. Training seeds
/// TorchSharp's global generator, so that one seed gives one result. Not thread-safe.
/// </remarks>
public sealed partial class CassTrainer : IDisposable
{
    private const double ManyLeftOut = 0.1;

    private readonly ILogger logger;
    private readonly CompositeLog log;
    private readonly Computation computation;
    private readonly CheckpointFolder checkpoints;
    private readonly DuplicateGuard guard;
    private readonly int height;
    private readonly int width;
    private readonly HashSet<string> warned = new(StringComparer.Ordinal);

    /// <summary>Checks the settings, and makes both networks.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="logger">Where epochs and warnings are logged; where null, warnings go to standard error.</param>
    /// <param name="registry">Where the networks' names are looked up; <see cref="BackboneRegistry.Default"/> where null.</param>
    /// <param name="names">How messages spell settings; <see cref="SettingNames.Properties"/> where null.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">A network, device, file or image size cannot be used; the message says why.</exception>
    public CassTrainer(CassOptions options, ILogger? logger = null, BackboneRegistry? registry = null, SettingNames? names = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsRules.ThrowIfInvalid(options);
        TorchBackend.EnsureLoaded();
        TorchKernels.Prepare();
        Options = options;
        SettingNames = names ?? SettingNames.Properties;
        this.logger = logger ?? WarningLogger.Instance;
        checkpoints = new CheckpointFolder(options.Checkpoints, this.logger);
        guard = new DuplicateGuard(this.logger);
        computation = new Computation(TrainingDevice.Parse(options.Device).Resolve(), options.Precision, options.GradientCheckpointing);
        Normalization = new ChannelStatistics(options.Images.Mean, options.Images.Std);

        foreach (var remark in computation.Device.type == DeviceType.CPU ? TorchBackend.Remarks : [])
        {
            this.logger.Log(options.Precision == NumericPrecision.BFloat16 ? LogLevel.Warning : LogLevel.Information, "{Remark}", remark);
        }

        registry ??= BackboneRegistry.Default;
        var own = registry.Configuration(options.Transformer.Name);
        height = options.Images.Height ?? own.InputHeight;
        width = options.Images.Width ?? options.Images.Height ?? own.InputWidth;

        random.manual_seed(options.Seed);
        Cnn = CreateNetwork(options.Cnn, registry);
        try
        {
            Transformer = CreateNetwork(options.Transformer, registry);
            log = OpenLogs();
        }
        catch
        {
            Cnn.Dispose();
            Transformer?.Dispose();
            throw;
        }
    }

    /// <summary>The settings.</summary>
    public CassOptions Options { get; }

    /// <summary>The convolutional network, as trained so far.</summary>
    public Backbone Cnn { get; }

    /// <summary>The vision transformer, as trained so far.</summary>
    public Backbone Transformer { get; }

    /// <summary>What inputs in [0, 1] are normalised with.</summary>
    public ChannelStatistics Normalization { get; }

    /// <summary>What it trains on.</summary>
    public RunEnvironment Environment => RunEnvironment.Of(computation.Device);

    /// <summary>Height and width in pixels that images are resized to.</summary>
    public (int Height, int Width) ImageSize => (height, width);

    /// <summary>How the trainer's messages spell its settings. Default <see cref="SettingNames.Properties"/>; keys where the options come from a configuration.</summary>
    public SettingNames SettingNames { get; }

    /// <summary>
    /// Scores both networks' features by labels while they pretrain; the scores are in <see cref="PretrainingEpoch.Probes"/>.
    /// Null, the default, for no such scores.
    /// </summary>
    public FeatureProbe? Probe { get; set; }

    /// <summary>
    /// Measures where the time of training goes, of all that is trained while it is set; each phase logs it at its end.
    /// Null, the default, measures nothing.
    /// </summary>
    public TrainingProfile? Profile { get; set; }

    /// <summary>
    /// What the comparison of images with training images (<see cref="CassOptions.DuplicateCheck"/>) remembers, so that none is
    /// read twice. Share it with searches of your own.
    /// </summary>
    public ImageFingerprints Fingerprints
    {
        get => guard.Fingerprints;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            guard.Fingerprints = value;
        }
    }

    /// <summary>
    /// Raised after each epoch of pretraining, on the training thread, when its checkpoint has been written. An exception
    /// in a handler ends the run.
    /// </summary>
    public event EventHandler<PretrainingEpoch>? PretrainingEpochEnded;

    /// <summary>The same of fine-tuning.</summary>
    public event EventHandler<FineTuningEpoch>? FineTuningEpochEnded;

    /// <summary>Starts composing a trainer.</summary>
    /// <returns>A builder with the recommended settings.</returns>
    public static CassTrainerBuilder CreateBuilder() => new();

    /// <summary>
    /// Checks before the first step of anything whether a run can be carried out to its end: everything that the settings, the
    /// networks, the lists of images and the checkpoints tell. <see cref="Pretrain(IReadOnlyList{IImageSource}, IProgress{TrainingProgress}, CancellationToken)"/>
    /// and <see cref="FineTune(Backbone, ImageDataset, ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> check their own images
    /// alike, but the latter comes after hours of the former. No image is read, but where <see cref="DuplicateAction.Fail"/> asks for their
    /// comparison. What can be trained but is likely a mistake is logged as a warning.
    /// </summary>
    /// <param name="plan">The images of the run.</param>
    /// <param name="cancellationToken">Stops the comparison of images.</param>
    /// <returns>The labelled images, and the warnings.</returns>
    /// <exception cref="CassInputException">
    /// There are fewer images than a batch, or a last batch would be of one image that has no batch statistics; a class has no labelled image, though its
    /// frequency is asked for; parts have other classes or no image; a network does not fit the images or the settings; a folder that
    /// the run writes to lies among the images; or images of the parts are the same and <see cref="DuplicateAction.Fail"/> is set.
    /// All that is found is named, with the settings as <see cref="SettingNames"/> spells them.
    /// </exception>
    /// <exception cref="CheckpointMismatchException">The checkpoints are of a run with other settings or images.</exception>
    /// <exception cref="TrainingFailedException">A network has weights that are not finite.</exception>
    /// <example><code>
    /// trainer.CheckPlan(new RunPlan { Unlabelled = train.Images, Train = train, Validation = validation, Test = test });
    /// </code></example>
    public CheckedPlan CheckPlan(RunPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        OptionsRules.ThrowIfInvalid(Options);
        WarnOnce([.. plan.Unlabelled is null ? [] : ImageDataset.WarningsOf(plan.Unlabelled), .. ((ImageDataset?[])[plan.Train, plan.Validation, plan.Test]).SelectMany(part => part?.Warnings ?? [])]);
        var checkedPlan = Check(plan);
        var networks = plan.Networks ?? [Cnn, Transformer];
        foreach (var network in plan.Unlabelled is null ? networks : [Cnn, Transformer, .. networks.Except([Cnn, Transformer])])
        {
            RequireFinite(network);
        }

        RequireResumable(plan, checkedPlan.Labelled, networks);
        if (plan.Train is { } train && Options.DuplicateCheck.Action == DuplicateAction.Fail)
        {
            foreach (var (name, part) in ((string, ImageDataset?)[])[("validation", plan.Validation), ("evaluation", plan.Test)])
            {
                if (part is not null)
                {
                    guard.Check(Options.DuplicateCheck, train, name, part, cancellationToken);
                }
            }
        }

        return checkedPlan;
    }

    /// <summary>Trains both networks on unlabelled images.</summary>
    /// <param name="images">The images, of which <see cref="PretrainingOptions.ImageFraction"/> is used; at least one batch of them.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>Both networks, which remain the trainer's, and the history.</returns>
    /// <exception cref="CassInputException">There are fewer images than a batch, or one cannot be read; the message names it.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainedBackbones Pretrain(
        IReadOnlyList<IImageSource> images,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        OptionsRules.ThrowIfInvalid(Options);
        WarnOnce(ImageDataset.WarningsOf(images));
        var options = Options.Pretraining;
        Check(new RunPlan { Unlabelled = images });
        images = Sample(images);
        LogLeftOut("Pretraining", BatchRule.Of(options), images.Count, "Pretraining.DropLast");
        var twoViews = options.Augmentation == PretrainingAugmentation.TwoViews;
        var pipeline = twoViews
            ? TwoViewTransform.Create(height, width, Normalization, options.MinCropScale)
            : CassTransforms.Training(height, width, Normalization, Options.Images.JitterBeforeAffine);
        using var loader = new ImageLoader(
            images,
            (IReadOnlyList<ImagePipeline>)[.. Enumerable.Repeat(pipeline, twoViews ? 2 : 1)],
            LoaderOptions(options.Loading, options.BatchSize, Options.Seed, shuffle: true, options.DropLast));
        return Pretrain(loader, () => log.Data(CheckpointFolder.Pretraining, DataManifest.Of(images)), progress, cancellationToken);
    }

    /// <summary>Trains both networks on batches of unlabelled images that the caller brings.</summary>
    /// <param name="batches">
    /// The batches, with two views each where the options say <see cref="PretrainingAugmentation.TwoViews"/>, else one.
    /// Batch size, augmentation and loading settings are then the caller's own.
    /// </param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>Both networks, which remain the trainer's, and the history.</returns>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainedBackbones Pretrain(
        IBatchSource batches,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return Pretrain(batches, () => { }, progress, cancellationToken);
    }

    /// <summary>
    /// Deletes the checkpoints of all phases, once nothing of the run is to be done again. The folder, if nothing else is
    /// in it, goes when the trainer is disposed. Without checkpoints it does nothing.
    /// </summary>
    public void DeleteCheckpoints() => checkpoints.Delete();

    private PretrainedBackbones Pretrain(IBatchSource batches, Action logData, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        OptionsRules.ThrowIfInvalid(Options);
        var options = Options.Pretraining;
        RequireFinite(Cnn);
        RequireFinite(Transformer);
        random.manual_seed(Options.Seed);
        using var method = new CassMethod(Cnn, Transformer, new CassMethodOptions
        {
            Safeguard = options.Safeguard,
            ViewCount = options.Augmentation == PretrainingAugmentation.TwoViews ? 2 : 1,
            Pairs = options.Pairs,
            ProjectorWidth = options.ProjectorWidth,
            TeacherMomentum = options.TeacherMomentum,
        })
        {
            Profile = Profile,
        };
        try
        {
            var (checkpointer, resumed) = checkpoints.Open(CheckpointFolder.Pretraining, () => RunSettings.OfPretraining(Options, ImageSize, batches));
            using (resumed)
            {
                log.Begin(CheckpointFolder.Pretraining, resumed?.Position.Epoch);
                logData();
                using var loop = new PretrainingLoop(method, options, computation, $"{Cnn.ModelName} + {Transformer.ModelName}", log, logger, Probe, Profile)
                {
                    EpochEnded = row => PretrainingEpochEnded?.Invoke(this, row),
                };
                var history = loop.Run(batches, checkpointer, resumed, progress, cancellationToken);
                LogProfile();
                NotePretraining(Cnn);
                NotePretraining(Transformer);
                return new PretrainedBackbones(Cnn, Transformer, history);
            }
        }
        catch
        {
            // A run that ended early may go on in another trainer before this one is disposed.
            checkpoints.Release();
            throw;
        }
    }

    /// <summary>Makes batches for a <see cref="FeatureProbe"/>: in order, by the published validation transform at this trainer's size.</summary>
    /// <param name="images">Labelled images, at least one.</param>
    /// <returns>Batches of <see cref="EvaluationOptions.BatchSize"/>; the caller disposes them.</returns>
    /// <exception cref="CassInputException">There are no images.</exception>
    public ImageLoader CreateEvaluationLoader(ImageDataset images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.Count == 0
            ? throw new CassInputException("A probe needs at least one image; the dataset has none.")
            : InOrder(images, Options.Evaluation.BatchSize, Options.Pretraining.Loading);
    }

    /// <summary>
    /// Fine-tunes a copy of a network: its classifier is replaced by one for the dataset's classes, and the whole
    /// network trains on <see cref="FineTuningOptions.Loss"/>. Where there are validation images, the weights of the best epoch by
    /// <see cref="FineTuningOptions.BestEpoch"/> are returned, else the last. Validation images that are training images are counted in a warning, as
    /// <see cref="CassOptions.DuplicateCheck"/> says.
    /// </summary>
    /// <param name="backbone">The network to start from; it stays as it is.</param>
    /// <param name="train">Labelled training images, of which <see cref="FineTuningOptions.LabelFraction"/> is used.</param>
    /// <param name="validation">Labelled validation images, of the same classes; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The classifier with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The classes differ, images may have several labels where the loss allows one, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier FineTune(
        Backbone backbone,
        ImageDataset train,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(train);
        OptionsRules.ThrowIfInvalid(Options);
        WarnOnce([.. train.Warnings, .. validation?.Warnings ?? []]);
        var options = Options.FineTuning;
        var labelled = Check(new RunPlan { Train = train, Validation = validation, Networks = [backbone] }).Labelled!;
        if (validation is not null && Options.DuplicateCheck.Action != DuplicateAction.Report)
        {
            guard.Check(Options.DuplicateCheck, train, "validation", validation, cancellationToken);
        }

        var batches = BatchRule.Of(options, backbone);
        LogLeftOut($"Fine-tuning of {backbone.ModelName}", batches, labelled.Count, "FineTuning.DropLast");
        using var loader = new ImageLoader(
            labelled,
            CassTransforms.Training(height, width, Normalization, Options.Images.JitterBeforeAffine),
            LoaderOptions(options.Loading, options.BatchSize, Options.Seed, shuffle: true, batches.DropsLast(labelled.Count)));
        using var validationLoader = validation is null ? null : InOrder(validation, options.BatchSize, options.Loading);
        var classifier = FineTune(backbone, train.Labels, CountsOfClasses(train, labelled, validation), loader, validationLoader, train.IsMultiLabel, teaching: null, LogData, progress, cancellationToken);
        classifier.TrainingImages = train;
        return classifier;

        void LogData()
        {
            log.Data($"fine-tuning {backbone.ModelName}", DataManifest.Of(labelled));
            if (validation is not null)
            {
                log.Data($"validation {backbone.ModelName}", DataManifest.Of(validation));
            }
        }
    }

    /// <summary>Fine-tunes a copy of a network on labelled batches that the caller brings.</summary>
    /// <param name="backbone">The network to start from; it stays as it is.</param>
    /// <param name="labels">The classes, in the order of the targets' columns.</param>
    /// <param name="classCounts">Training images of each class, in that order, which class weights are made from.</param>
    /// <param name="train">Batches of training images with targets; batch size, augmentation and loading are the caller's own.</param>
    /// <param name="validation">Batches of validation images with targets; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The classifier with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">There is one class only, or a class weight is missing.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier FineTune(
        Backbone backbone,
        LabelMap labels,
        IReadOnlyList<int> classCounts,
        IBatchSource train,
        IBatchSource? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classCounts);
        ArgumentNullException.ThrowIfNull(train);
        OptionsRules.ThrowIfInvalid(Options);
        if (classCounts.Count != labels.Count)
        {
            throw new ArgumentException($"{labels.Count} class counts are expected, one for each of {labels}; there are {classCounts.Count}.", nameof(classCounts));
        }

        WarnOnce(new PlanCheck(Options, ImageSize, SettingNames).Run(backbone, labels, classCounts, validation is not null));
        return FineTune(backbone, labels, classCounts, train, validation, isMultiLabel: false, teaching: null, () => { }, progress, cancellationToken);
    }

    private ImageClassifier FineTune(
        Backbone backbone,
        LabelMap labels,
        IReadOnlyList<int>? classCounts,
        IBatchSource train,
        IBatchSource? validation,
        bool isMultiLabel,
        Teaching? teaching,
        Action logData,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        var options = Options.FineTuning;
        WarnOfWhatNeedsValidation(options, validation);
        RequireFinite(backbone);
        var rate = FineTuningRate.Of(options.LearningRate, backbone);
        var weights = WeightsOfClasses(options, labels, classCounts);
        random.manual_seed(Options.Seed);
        var network = backbone.Copy();
        try
        {
            if (!options.KeepClassifier || network.NumClasses != labels.Count)
            {
                network.ResetClassifier(labels.Count);
            }

            Prepare(network);
            var loss = FineTuningLosses.Create(options, weights);
            loss.to(computation.Device);
            var classifier = new ImageClassifier(network, labels, height, width, Normalization, DecisionThresholds.Uniform(options.Threshold), loss, options.Loss.Activation())
            {
                EvaluationOptions = Options.Evaluation,
                DuplicateCheck = Options.DuplicateCheck,
                Guard = guard,
            };
            var phase = teaching is null ? CheckpointFolder.FineTuning(network) : CheckpointFolder.Distillation(network);
            using var distillation = teaching is null ? null : new DistillationObjective(teaching, options, weights, computation, Profile);
            var (checkpointer, resumed) = checkpoints.Open(phase, () => RunSettings.OfFineTuning(Options, ImageSize, train, validation, backbone, labels, rate.Value, teaching?.Teacher));
            using (resumed)
            {
                log.Begin(phase, resumed?.Position.Epoch);
                logData();
                logger.LogInformation("{Network} is fine-tuned at a learning rate of {Rate}, {Reason}.", network.ModelName, rate.Value, rate.Reason);
                var epochs = new FineTuningLog(log, logger, network, options, distills: teaching is not null);
                using var loop = new FineTuningLoop(classifier, options, rate.Value, Options.Seed, loss, computation, epochs, logger, Profile)
                {
                    Distillation = distillation,
                    EpochEnded = row => FineTuningEpochEnded?.Invoke(this, row),
                    IsMultiLabel = isMultiLabel,
                };
                classifier.History = loop.Run(train, validation, checkpointer, resumed, progress, cancellationToken);
                classifier.SettleLayout();
                network.WeightOrigin = WeightOrigin.Trained;
                LogProfile();
            }

            return classifier;
        }
        catch
        {
            checkpoints.Release();
            network.Dispose();
            throw;
        }
    }

    /// <summary>The published weights are those of the folder that labels are sampled and validation images split from.</summary>
    private IReadOnlyList<int> CountsOfClasses(ImageDataset train, ImageDataset labelled, ImageDataset? validation) =>
        Options.FineTuning.ClassWeighting != ClassWeighting.Published ? labelled.ClassCounts
        : validation is null ? train.ClassCounts
        : [.. train.ClassCounts.Zip(validation.ClassCounts, (ofTrain, ofValidation) => ofTrain + ofValidation)];

    private CheckedPlan Check(RunPlan plan)
    {
        var found = new PlanCheck(Options, ImageSize, SettingNames).Run(plan with { Networks = plan.Networks ?? [Cnn, Transformer] }, Cnn, Transformer);
        WarnOnce(found.Warnings);
        return found;
    }

    /// <summary>The images that pretraining uses.</summary>
    private IReadOnlyList<IImageSource> Sample(IReadOnlyList<IImageSource> images) => Options.Pretraining.ImageFraction >= 1
        ? images
        : [.. RandomSample.Draw(images.Count, (int)(images.Count * Options.Pretraining.ImageFraction), Options.Seed).Select(index => images[index])];

    /// <summary>Refuses checkpoints that the phases of a plan could not go on from.</summary>
    private void RequireResumable(RunPlan plan, ImageDataset? labelled, IReadOnlyList<Backbone> networks)
    {
        if (plan.Unlabelled is { } all)
        {
            var unlabelled = Sample(all);
            var batches = new PlannedBatches(unlabelled.Count, i => unlabelled[i].Name, Options.Pretraining.BatchSize, Options.Pretraining.DropLast);
            checkpoints.RequireResumable(CheckpointFolder.Pretraining, () => RunSettings.OfPretraining(Options, ImageSize, batches));
        }

        if (labelled is null)
        {
            return;
        }

        var validation = plan.Validation is { } images ? new PlannedBatches(images.Count, images.NameOf, Options.FineTuning.BatchSize, dropLast: false) : null;
        foreach (var network in networks)
        {
            var dropLast = BatchRule.Of(Options.FineTuning, network).DropsLast(labelled.Count);
            var train = new PlannedBatches(labelled.Count, labelled.NameOf, Options.FineTuning.BatchSize, dropLast);

            // The weights that fine-tuning starts from, and a rate that goes by where they come from, are those that pretraining will have ended with.
            checkpoints.RequireResumable(
                CheckpointFolder.FineTuning(network),
                () => RunSettings.OfFineTuning(Options, ImageSize, train, validation, network, labelled.Labels, FineTuningRate.Of(Options.FineTuning.LearningRate, network).Value),
                Options.FineTuning.LearningRate.Rate is null ? [RunSettings.InitialWeights, RunSettings.FineTuningRate] : [RunSettings.InitialWeights]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cnn.Dispose();
        Transformer.Dispose();
        log.Dispose();
        checkpoints.Dispose();
    }

    /// <summary>Logs warnings that have not been logged yet: parts of one dataset have the same.</summary>
    internal void WarnOnce(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Where(warned.Add))
        {
            logger.LogWarning("{Warning}", warning);
        }
    }

    /// <summary>Says how many images each epoch leaves out with its last batch; as a warning where they are many.</summary>
    private void LogLeftOut(string phase, BatchRule batches, int images, string setting)
    {
        if (batches.LeftOut(images) is > 0 and var leftOut)
        {
            logger.Log(
                leftOut > images * ManyLeftOut ? LogLevel.Warning : LogLevel.Information,
                "{Phase} leaves out {LeftOut} of {Images} images in each epoch, others each time: the last batch is too small for batches of {BatchSize}.{Advice}",
                phase,
                leftOut,
                images,
                batches.BatchSize,
                SettingNames.Advise(setting, name => $" {name} decides about it."));
        }
    }

    private void LogProfile()
    {
        if (Profile is not null)
        {
            logger.LogInformation("Where the time went:\n{Profile}", Profile);
        }
    }

    private ImageLoaderOptions LoaderOptions(LoadingOptions loading, int batchSize, long seed, bool shuffle, bool dropLast) =>
        Loaders.Options(loading, batchSize, seed, shuffle, dropLast) with
        {
            PinMemory = computation.Device.type == DeviceType.CUDA,
            Profile = Profile,
        };

    private ImageLoader InOrder(ImageDataset images, int batchSize, LoadingOptions loading) => new(
        images,
        CassTransforms.Validation(height, width, Normalization),
        LoaderOptions(loading, Math.Min(batchSize, images.Count), Options.Seed, shuffle: false, dropLast: false));

    private void NotePretraining(Backbone network)
    {
        if (Options.Pretraining.UpdateWeights && network.WeightOrigin == WeightOrigin.Random)
        {
            network.WeightOrigin = WeightOrigin.SelfSupervised;
        }
    }

    private static void RequireFinite(Backbone network)
    {
        if (NonFiniteTensor.FirstOf(network.state_dict()) is { } broken)
        {
            throw new TrainingFailedException($"{network.ModelName} cannot be trained: {broken}. Start from other weights.", epoch: 0, batch: 0, []);
        }
    }

    private void WarnOfWhatNeedsValidation(FineTuningOptions options, IBatchSource? validation)
    {
        if (validation is null && options.EarlyStoppingPatience > 0)
        {
            logger.LogWarning("FineTuning.EarlyStoppingPatience is {Patience}, but there are no validation images to stop by: all {Epochs} epochs will run.", options.EarlyStoppingPatience, options.Epochs);
        }
    }

    /// <summary>Weights by name, else by the counts; none where there are neither.</summary>
    private static IReadOnlyList<double>? WeightsOfClasses(FineTuningOptions options, LabelMap labels, IReadOnlyList<int>? counts)
    {
        if (options.ClassWeights is { } byName)
        {
            return [.. labels.Names.Select(name => byName[name])];
        }

        return counts is null ? null : options.ClassWeighting switch
        {
            ClassWeighting.Published => ClassWeights.MinMaxScaledCounts(counts),
            ClassWeighting.InverseFrequency => ClassWeights.InverseFrequency(counts),
            _ => null,
        };
    }

    private CompositeLog OpenLogs()
    {
        var logs = new List<IRunLog>();
        if (Options.TensorBoardFolder is { } tensorBoard)
        {
            logs.Add(new TensorBoardLog(tensorBoard, logger));
        }

        if (Options.RecordFolder is { } record)
        {
            logs.Add(new RunRecorder(record, Options, Environment, logger));
        }

        return new CompositeLog(logs);
    }

    private Backbone CreateNetwork(NetworkOptions network, BackboneRegistry registry)
    {
        var backbone = registry.Create(network.Name, new BackboneOptions
        {
            NumClasses = network.NumClasses,
            ImageHeight = height,
            ImageWidth = width,
            DropRate = network.DropRate,
            DropPathRate = network.DropPathRate,
            GlobalPooling = network.GlobalPooling,
        });
        if (network.Weights is not null)
        {
            var report = BackboneWeights.Load(backbone, network.Weights, new WeightLoadOptions { Names = SettingNames });
            logger.Log(report.IsComplete ? LogLevel.Information : LogLevel.Warning, "{Network}: {Report}", network.Name, report);
        }

        Prepare(backbone);
        return backbone;
    }

    private void Prepare(Backbone backbone)
    {
        backbone.to(computation.WeightType).to(computation.Device);

        // In 64 bits, convolutions have no kernel for this order.
        if (Options.ChannelsLast && computation.WeightType == ScalarType.Float32)
        {
            backbone.ToChannelsLast();
        }
    }
}
