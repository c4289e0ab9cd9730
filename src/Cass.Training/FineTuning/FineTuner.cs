using System.Text.Json.Nodes;
using Cass.Data;
using Cass.Losses;
using Cass.Metrics;
using Cass.Models;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Fine-tunes networks on labelled images, by labels or by what a trained classifier says of them.</summary>
/// <remarks>
/// It needs one network and labels, whatever the network was pretrained by, if at all. Training seeds TorchSharp's global
/// generator, so that one seed gives one result. Not thread-safe.
/// </remarks>
/// <example><code>
/// using var network = BackboneRegistry.Default.Create("resnet18");
/// using var tuner = new FineTuner(new FineTuningOptions { Epochs = 20 });
/// using var classifier = tuner.FineTune(network, train, validation);
/// </code></example>
public sealed partial class FineTuner : IDisposable
{
    private const string Section = "FineTuning";

    private readonly TrainingRun run;
    private readonly bool ownsRun;
    private readonly FineTuningOptions settings;

    /// <summary>Checks all settings.</summary>
    /// <param name="options">Settings of fine-tuning; the defaults where null. They are copied.</param>
    /// <param name="run">
    /// Device, images, evaluation, checkpoints and records; the defaults where null. They are copied. Where the size of images is
    /// left open, it is each network's own.
    /// </param>
    /// <param name="logger">Where epochs and warnings are logged; where null, warnings go to standard error.</param>
    /// <param name="names">How messages spell settings; <see cref="SettingNames.Properties"/> where null.</param>
    /// <param name="processGroup">
    /// The processes that train together, each with a fine-tuner alike; null where this one is alone. It stays the caller's. Batch sizes are those of all
    /// processes together.
    /// </param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">A device or a file cannot be used; the message says why.</exception>
    public FineTuner(FineTuningOptions? options = null, RunOptions? run = null, ILogger? logger = null, SettingNames? names = null, IProcessGroup? processGroup = null)
    {
        settings = OptionsCopy.Of(options ?? new FineTuningOptions(), Section);
        var runOptions = OptionsCopy.Of(run ?? new RunOptions());
        this.run = new TrainingRun(runOptions, imageSize: null, new { FineTuning = settings, Run = runOptions }, logger, names, processGroup);
        ownsRun = true;
    }

    /// <summary>Fine-tunes within the run of a trainer, which has checked its options.</summary>
    internal FineTuner(FineTuningOptions settings, TrainingRun run)
    {
        this.settings = settings;
        this.run = run;
    }

    /// <summary>A copy of the settings that it was built with.</summary>
    public FineTuningOptions Options => OptionsCopy.Of(settings);

    /// <summary>What it trains on.</summary>
    public RunEnvironment Environment => run.Environment;

    /// <summary>Measures where the time goes while it is set, and logs it at the end. Null, the default, measures nothing.</summary>
    public TrainingProfile? Profile
    {
        get => run.Profile;
        set => run.Profile = value;
    }

    /// <summary>
    /// What the comparison of images with training images (<see cref="RunOptions.DuplicateCheck"/>) remembers, so that none is
    /// read twice. Share it with searches of your own.
    /// </summary>
    public ImageFingerprints Fingerprints
    {
        get => run.Guard.Fingerprints;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            run.Guard.Fingerprints = value;
        }
    }

    /// <summary>
    /// Makes the loss, in place of the one that <see cref="FineTuningOptions.Loss"/> names: a module of logits and of targets in
    /// [0, 1], both [batch, classes], that gives a scalar. It is called once for each network, with the weights of the classes, or null
    /// for none; the classifier disposes what it makes. Probabilities still follow <see cref="FineTuningOptions.Loss"/>: a softmax or
    /// sigmoids. Null, the default, for the named loss. Distillation, which weighs image by image, refuses it.
    /// </summary>
    /// <remarks>
    /// A run goes on from a checkpoint where the loss is of the same type. Its parameters are not compared: a run that goes on with others
    /// has two losses, one after the other, without a word. Give such runs checkpoint folders or <see cref="CheckpointOptions.RunName"/>s of their own.
    /// </remarks>
    /// <example><code>
    /// tuner.CreateLoss = weights => new AsymmetricLoss(weights);
    /// </code></example>
    public Func<IReadOnlyList<double>?, nn.Module<Tensor, Tensor, Tensor>>? CreateLoss { get; set; }

    /// <summary>
    /// Makes the schedule of the learning rate of its highest rate and the number of steps of the run, in place of the one that
    /// <see cref="FineTuningOptions.LearningRate"/> names. Null, the default, for the named one. A rate that is negative or not finite
    /// ends the run, with the step.
    /// </summary>
    /// <remarks>
    /// A run goes on from a checkpoint where the schedule is of the same type and gives the same rates at the first step, after a quarter,
    /// after half of the steps, and at the last. Parameters that show at none of them are not compared: give runs with others checkpoint
    /// folders or <see cref="CheckpointOptions.RunName"/>s of their own.
    /// </remarks>
    public Func<double, long, ILearningRateSchedule>? CreateSchedule { get; set; }

    /// <summary>
    /// Makes more figures to be taken of the validation images after each epoch: metrics of probabilities and targets, both
    /// [batch, classes], with names of their own. They are in <see cref="FineTuningEpoch.ValidationMetrics"/>, in the log and in the record.
    /// They are made, and disposed, for each fine-tuning; two of one name, and the names <c>F1</c>, <c>Loss</c>, <c>Accuracy</c> and
    /// <c>Argmax Macro F1</c> of the trainer's own figures, are refused. Default none.
    /// </summary>
    public IReadOnlyList<Func<IMetric>> Metrics { get; set; } = [];

    /// <summary>
    /// Raised after each epoch, on the thread that trains the network, when its checkpoint has been written. An exception in a handler ends
    /// the run.
    /// </summary>
    public event EventHandler<FineTuningEpoch>? EpochEnded;

    /// <summary>What tells a network from another of the same name in the names of checkpoints; nothing by default.</summary>
    internal Func<Backbone, string?> Role { get; init; } = static _ => null;

    /// <summary>
    /// Fine-tunes a copy of a network: its classifier is replaced by one for the dataset's classes, and the whole
    /// network trains on <see cref="FineTuningOptions.Loss"/>. Where there are validation images, the weights of the best epoch by
    /// <see cref="FineTuningOptions.BestEpoch"/> are returned, else the last. Validation images that are training images are counted in a warning, as
    /// <see cref="RunOptions.DuplicateCheck"/> says.
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
        run.RequireOpen(this);
        run.WarnOnce([.. train.Warnings, .. validation?.Warnings ?? []]);
        var labeled = Check(backbone, train, validation);
        using var opened = Open(backbone, labeled, train, validation, progress, cancellationToken);
        return opened.Train();
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
        run.RequireOpen(this);
        if (classCounts.Count != labels.Count)
        {
            throw new ArgumentException($"{labels.Count} class counts are expected, one for each of {labels}; there are {classCounts.Count}.", nameof(classCounts));
        }

        var size = run.SizeFor(backbone);
        var findings = new PlanFindings(run.Names);
        run.Prepare(() => new FineTuningCheck(settings, run.Options, size, findings, run.Processes).Run(backbone, labels, classCounts, validation is not null));
        run.WarnOnce(findings.Warnings);
        return Train(backbone, size, labels, classCounts, train, validation, teaching: null, progress, cancellationToken);
    }

    /// <summary>
    /// Deletes the checkpoints of all phases, once nothing of the run is to be done again. The folder, if nothing else is
    /// in it, goes when this is disposed. Without checkpoints it does nothing.
    /// </summary>
    public void DeleteCheckpoints() => run.Checkpoints.Delete();

    /// <summary>Lets go of checkpoints and logs.</summary>
    public void Dispose()
    {
        if (ownsRun)
        {
            run.Dispose();
        }
    }

    /// <summary>Checks the fine-tuning of a network before anything of it begins.</summary>
    /// <returns>The images whose labels are used.</returns>
    private ImageDataset Check(Backbone backbone, ImageDataset train, ImageDataset? validation)
    {
        var found = run.Prepare(() => Check(run.SizeFor(backbone)).Run(backbone, train, validation));
        run.WarnOnce(found.Warnings);
        return found.Labeled!;
    }

    /// <summary>Opens the fine-tuning of a network that was checked.</summary>
    private OpenedFineTuning Open(Backbone backbone, ImageDataset labeled, ImageDataset train, ImageDataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken, Lock? turn = null) => Open(
        new FineTuningData(labeled, train, validation, $"Fine-tuning of {backbone.ModelName}", $"fine-tuning {backbone.ModelName}"),
        backbone,
        run.SizeFor(backbone),
        train.Labels,
        CountsOfClasses(train, labeled, validation),
        train.IsMultiLabel,
        teaching: null,
        progress,
        cancellationToken,
        turn);

    /// <summary>Trains on the caller's batches.</summary>
    private ImageClassifier Train(
        Backbone backbone,
        (int Height, int Width) size,
        LabelMap labels,
        IReadOnlyList<int>? classCounts,
        IBatchSource train,
        IBatchSource? validation,
        Teaching? teaching,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var none = new DisposableStack();
        using var opened = Open(backbone, size, labels, classCounts, train, validation, isMultiLabel: false, teaching, images: [], () => { }, none, progress, cancellationToken);
        return opened.Train();
    }

    /// <summary>Opens a training on images: loads them, and notes which they are.</summary>
    private OpenedFineTuning Open(
        FineTuningData data,
        Backbone backbone,
        (int Height, int Width) size,
        LabelMap labels,
        IReadOnlyList<int>? classCounts,
        bool isMultiLabel,
        Teaching? teaching,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken,
        Lock? turn = null)
    {
        if (data.Validation is not null && run.Options.DuplicateCheck.Action != DuplicateAction.Report)
        {
            run.Prepare(() => run.Guard.Check(run.Options.DuplicateCheck, data.All, "validation", data.Validation, cancellationToken));
        }

        var batches = settings.Rule(backbone);
        run.LogLeftOut(data.Title, batches, data.Images.Count, "FineTuning.DropLast");
        using var owned = new DisposableStack();
        var loader = owned.Push(new ImageLoader(
            data.Images,
            CassTransforms.Training(size.Height, size.Width, run.Normalization, run.Options.Images.JitterBeforeAffine),
            run.LoaderOptions(settings.Loading, settings.BatchSize, shuffle: true, batches.DropsLast(data.Images.Count))));
        var validationLoader = data.Validation is null ? null : owned.Push(run.InOrder(data.Validation, size, settings.BatchSize, settings.Loading));
        var opened = Open(backbone, size, labels, classCounts, loader, validationLoader, isMultiLabel, teaching, data.Listings, LogData, owned, progress, cancellationToken, turn);
        opened.Classifier.TrainingImages = data.All;
        return opened;

        void LogData()
        {
            run.Log.Data(data.Phase, data.Images.IsLabeled ? DataManifest.Of(data.Images) : DataManifest.Of(data.Images.Images));
            if (data.Validation is not null)
            {
                run.Log.Data($"validation {backbone.ModelName}", DataManifest.Of(data.Validation));
            }
        }
    }

    /// <summary>Opens a training on batches.</summary>
    private OpenedFineTuning Open(
        Backbone backbone,
        (int Height, int Width) size,
        LabelMap labels,
        IReadOnlyList<int>? classCounts,
        IBatchSource train,
        IBatchSource? validation,
        bool isMultiLabel,
        Teaching? teaching,
        IReadOnlyList<ImageListing> images,
        Action logData,
        DisposableStack loaders,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken,
        Lock? turn = null)
    {
        using var owned = loaders.Move();
        var figures = owned.Push(new ValidationMetrics(Metrics, settings.BestEpochRule));
        WarnOfWhatNeedsValidation(validation);
        TrainingRun.RequireFinite(backbone);
        var rate = FineTuningRate.Of(settings.LearningRate, backbone);
        var ownSchedule = CallersSchedule.Create(
            CreateSchedule,
            rate.Value,
            GradientStep.TotalSteps(settings.Optimizer, train.BatchesPerEpoch, settings.Epochs),
            $"{nameof(FineTuner)}.{nameof(CreateSchedule)}");
        var weights = WeightsOfClasses(labels, classCounts);
        random.manual_seed(run.Options.Seed);
        var network = backbone.Copy();
        nn.Module<Tensor, Tensor, Tensor>? loss = null;
        try
        {
            if (!settings.KeepClassifier || network.NumClasses != labels.Count)
            {
                network.ResetClassifier(labels.Count);
            }

            run.Prepare(network);
            if (CreateLoss is not null && teaching is not null)
            {
                throw new CassInputException($"Distillation needs the loss of each image, which {nameof(CreateLoss)} does not give: leave it null, and choose a loss by FineTuning.Loss.");
            }

            loss = CreateLoss is null
                ? FineTuningLosses.Create(settings, weights)
                : CreateLoss(weights) ?? throw new CassInputException($"{nameof(FineTuner)}.{nameof(CreateLoss)} returned null; return a loss, or set it to null for the one that FineTuning.Loss names.");
            loss.to(run.Computation.Device);
            var classifier = new ImageClassifier(network, labels, size.Height, size.Width, run.Normalization, DecisionThresholds.Uniform(settings.Threshold), loss, settings.Loss.Activation())
            {
                EvaluationOptions = run.Options.Evaluation,
                DuplicateCheck = run.Options.DuplicateCheck,
                Guard = run.Guard,
                ProcessGroup = run.Processes?.Group,
            };
            var phase = PhaseOf(backbone, distills: teaching is not null);
            var (computation, checkpointer, resumed) = run.Open(
                phase,
                settings.Epochs,
                () => Settings(FineTuningSettings.Of(run.Options, settings, size, train, validation, backbone, labels, rate.Value, teaching?.Teacher), loss, ownSchedule),
                [network],
                size,
                settings.BatchSize,
                [network],
                images,
                classCounts);
            if (resumed is not null)
            {
                owned.Push(resumed);
            }

            var distillation = teaching is null ? null : owned.Push(new DistillationObjective(teaching, settings, weights, computation, Profile));
            run.BeginLog(phase, resumed?.Position.Epoch);
            logData();
            run.Logger.LogInformation("{Network} is fine-tuned at a learning rate of {Rate}, {Reason}.", network.ModelName, rate.Value, rate.Reason);
            var epochs = new FineTuningLog(run.Log, phase, run.Logger, network, settings, distills: teaching is not null);
            var loop = owned.Push(new FineTuningLoop(classifier, settings, rate.Value, run.Options.Seed, loss, distillation, figures, ownSchedule, computation, train, validation, checkpointer, epochs, run.Logger, Profile, run.Processes, run.Processes is { IsMain: false } ? null : progress, cancellationToken)
            {
                EpochEnded = Announce,
                IsMultiLabel = isMultiLabel,
            });
            return new OpenedFineTuning(run, classifier, loop, resumed, owned.Move());
        }
        catch (Exception error)
        {
            owned.Dispose();
            run.Checkpoints.Release();
            network.Dispose();
            loss?.Dispose();
            run.Processes?.End(error);
            throw;
        }

        void Announce(FineTuningEpoch row)
        {
            if (turn is null)
            {
                EpochEnded?.Invoke(this, row);
                return;
            }

            lock (turn)
            {
                EpochEnded?.Invoke(this, row);
            }
        }
    }

    private string PhaseOf(Backbone backbone, bool distills) => distills ? Phases.Distillation(backbone, Role(backbone)) : Phases.FineTuning(backbone, Role(backbone));

    /// <summary>The published weights are those of the folder that labels are sampled and validation images split from.</summary>
    private IReadOnlyList<int> CountsOfClasses(ImageDataset train, ImageDataset labeled, ImageDataset? validation) =>
        settings.ClassWeighting != ClassWeighting.Published ? labeled.ClassCounts
        : validation is null ? train.ClassCounts
        : [.. train.ClassCounts.Zip(validation.ClassCounts, (ofTrain, ofValidation) => ofTrain + ofValidation)];

    /// <summary>Adds what the caller has put in place of named parts: of a loss only its type can be told.</summary>
    private JsonObject Settings(JsonObject described, nn.Module loss, CallersSchedule? ownSchedule)
    {
        if (CreateLoss is not null)
        {
            described[nameof(CreateLoss)] = loss.GetType().FullName;
        }

        ownSchedule?.Describe(described);
        return described;
    }

    private FineTuningCheck Check((int Height, int Width) size) => new(settings, run.Options, size, new PlanFindings(run.Names), run.Processes);

    private void WarnOfWhatNeedsValidation(IBatchSource? validation)
    {
        if (validation is null && settings.EarlyStoppingPatience > 0)
        {
            run.Logger.LogWarning("FineTuning.EarlyStoppingPatience is {Patience}, but there are no validation images to stop by: all {Epochs} epochs will run.", settings.EarlyStoppingPatience, settings.Epochs);
        }
    }

    /// <summary>Weights by name, else by the counts; none where there are neither.</summary>
    private IReadOnlyList<double>? WeightsOfClasses(LabelMap labels, IReadOnlyList<int>? counts)
    {
        if (settings.ClassWeights is { } byName)
        {
            return [.. labels.Names.Select(name => byName[name])];
        }

        return counts is null ? null : settings.ClassWeighting switch
        {
            ClassWeighting.Published => ClassWeights.MinMaxScaledCounts(counts),
            ClassWeighting.InverseFrequency => ClassWeights.InverseFrequency(counts),
            _ => null,
        };
    }
}
