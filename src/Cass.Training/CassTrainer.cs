using System.Text.Json.Nodes;
using Cass.Data;
using Cass.Models;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Pretrains a CNN and a vision transformer together on unlabelled images (CASS), and fine-tunes each on a few labels.
/// </summary>
/// <remarks>
/// Made by <see cref="CreateBuilder"/> or from dependency injection. It owns its networks, and puts together what can also be
/// used alone: a <see cref="CassMethod"/>, or another method that <see cref="CassTrainerBuilder.UseMethod"/> names, a
/// <see cref="Pretrainer"/> and a <see cref="FineTuner"/>. Training seeds TorchSharp's global generator, so that one seed gives
/// one result. Not thread-safe.
/// </remarks>
public sealed class CassTrainer : IDisposable
{
    private readonly TrainingRun run;
    private readonly CassOptions settings;
    private readonly Func<CassTrainer, ISelfSupervisedMethod>? createMethod;
    private readonly Backbone? cnn;
    private readonly Backbone? transformer;

    /// <summary>Checks the settings, and makes both networks.</summary>
    /// <param name="options">The settings. They are copied.</param>
    /// <param name="logger">Where epochs and warnings are logged; where null, warnings go to standard error.</param>
    /// <param name="registry">Where the networks' names are looked up; <see cref="BackboneRegistry.Default"/> where null.</param>
    /// <param name="names">How messages spell settings; <see cref="SettingNames.Properties"/> where null.</param>
    /// <param name="processGroup">The processes that train together, each with a trainer alike; null where this one is alone. It stays the caller's.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">A network, device, file or image size cannot be used; the message says why.</exception>
    public CassTrainer(CassOptions options, ILogger? logger = null, BackboneRegistry? registry = null, SettingNames? names = null, IProcessGroup? processGroup = null)
        : this(options, ChosenNetworks.Both, createMethod: null, logger, registry, names, processGroup)
    {
    }

    /// <summary>Checks the settings, and makes the networks that were chosen.</summary>
    internal CassTrainer(CassOptions options, ChosenNetworks chosen, Func<CassTrainer, ISelfSupervisedMethod>? createMethod, ILogger? logger, BackboneRegistry? registry, SettingNames? names, IProcessGroup? processGroup)
    {
        ArgumentNullException.ThrowIfNull(options);
        settings = OptionsCopy.Of(options);
        this.createMethod = createMethod;
        registry ??= BackboneRegistry.Default;
        var own = registry.Configuration((chosen.HasFlag(ChosenNetworks.Transformer) ? settings.Transformer : settings.Cnn).Name);
        run = new TrainingRun(settings, (own.InputHeight, own.InputWidth), settings, logger, names, processGroup);
        random.manual_seed(settings.Seed);
        try
        {
            cnn = chosen.HasFlag(ChosenNetworks.Cnn) ? CreateNetwork(settings.Cnn, registry) : null;
            transformer = chosen.HasFlag(ChosenNetworks.Transformer) ? CreateNetwork(settings.Transformer, registry) : null;
            if (cnn is { Kind: BackboneKind.Transformer } && transformer is { Kind: BackboneKind.Convolutional })
            {
                throw new CassInputException($"The CNN '{cnn.ModelName}' is a transformer, and the transformer '{transformer.ModelName}' is a CNN; exchange them.");
            }
        }
        catch
        {
            cnn?.Dispose();
            transformer?.Dispose();
            run.Dispose();
            throw;
        }

        FineTuner = new FineTuner(settings.FineTuning, run) { Role = RoleOf };
        FineTuner.EpochEnded += (_, row) => FineTuningEpochEnded?.Invoke(this, row);
    }

    /// <summary>A copy of the settings that it was built with; changing it changes nothing.</summary>
    public CassOptions Options => OptionsCopy.Of(settings);

    /// <summary>The convolutional network, as trained so far.</summary>
    /// <exception cref="CassInputException">The builder was given a transformer only.</exception>
    /// <exception cref="ObjectDisposedException">The trainer was disposed, and its networks with it.</exception>
    public Backbone Cnn => Open(cnn) ?? throw Missing("convolutional network", nameof(CassTrainerBuilder.UseCnn));

    /// <summary>The vision transformer, as trained so far.</summary>
    /// <exception cref="CassInputException">The builder was given a convolutional network only.</exception>
    /// <exception cref="ObjectDisposedException">The trainer was disposed, and its networks with it.</exception>
    public Backbone Transformer => Open(transformer) ?? throw Missing("transformer", nameof(CassTrainerBuilder.UseTransformer));

    /// <summary>The networks that it has, the convolutional one first.</summary>
    public IReadOnlyList<Backbone> Networks => [.. new[] { cnn, transformer }.OfType<Backbone>()];

    /// <summary>
    /// What fine-tunes its networks, with its settings: where a loss, a schedule or metrics of your own are set. It is the
    /// trainer's to dispose of.
    /// </summary>
    public FineTuner FineTuner { get; }

    /// <summary>What inputs in [0, 1] are normalised with.</summary>
    public ChannelStatistics Normalization => run.Normalization;

    /// <summary>What it trains on.</summary>
    public RunEnvironment Environment => run.Environment;

    /// <summary>Height and width in pixels that images are resized to.</summary>
    public (int Height, int Width) ImageSize => run.ImageSize;

    /// <summary>How the trainer's messages spell its settings. Default <see cref="SettingNames.Properties"/>; keys where the options come from a configuration.</summary>
    public SettingNames SettingNames => run.Names;

    /// <summary>
    /// Scores the networks' features by labels while they pretrain; the scores are in <see cref="PretrainingEpoch.Probes"/>.
    /// Null, the default, for no such scores.
    /// </summary>
    public FeatureProbe? Probe { get; set; }

    /// <summary>
    /// Measures where the time of training goes, of all that is trained while it is set; each phase logs it at its end.
    /// Null, the default, measures nothing.
    /// </summary>
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
        get => FineTuner.Fingerprints;
        set => FineTuner.Fingerprints = value;
    }

    /// <summary>
    /// Raised after each epoch of pretraining, on the training thread, when its checkpoint has been written. An exception
    /// in a handler ends the run.
    /// </summary>
    public event EventHandler<PretrainingEpoch>? PretrainingEpochEnded;

    /// <summary>Raised after each epoch of fine-tuning; see <see cref="PretrainingEpochEnded"/>.</summary>
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
    /// trainer.CheckPlan(new RunPlan { Unlabeled = train.Images, Train = train, Validation = validation, Test = test });
    /// </code></example>
    public CheckedPlan CheckPlan(RunPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        run.RequireOpen(this);
        run.WarnOnce([.. plan.Unlabeled is null ? [] : ImageDataset.WarningsOf(plan.Unlabeled), .. ((ImageDataset?[])[plan.Train, plan.Validation, plan.Test]).SelectMany(part => part?.Warnings ?? [])]);
        var networks = plan.Networks ?? Networks;
        var checkedPlan = Check(plan, networks, plan.Unlabeled is null ? null : ProblemOfViews());
        foreach (var network in plan.Unlabeled is null ? networks : Networks.Union(networks))
        {
            TrainingRun.RequireFinite(network);
        }

        RequireResumable(plan, checkedPlan.Labeled, networks);
        if (plan.Train is { } train && settings.DuplicateCheck.Action == DuplicateAction.Fail)
        {
            foreach (var (name, part) in ((string, ImageDataset?)[])[("validation", plan.Validation), ("evaluation", plan.Test)])
            {
                if (part is not null)
                {
                    run.Guard.Check(settings.DuplicateCheck, train, name, part, cancellationToken);
                }
            }
        }

        return checkedPlan;
    }

    /// <summary>Trains the networks on unlabelled images: both of them by CASS, or as the method of <see cref="CassTrainerBuilder.UseMethod"/> does.</summary>
    /// <param name="images">The images, of which <see cref="PretrainingOptions.ImageFraction"/> is used; at least one batch of them.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The networks, which remain the trainer's, and the history.</returns>
    /// <exception cref="CassInputException">There are fewer images than a batch, or one cannot be read; the message names it.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainedBackbones Pretrain(
        IReadOnlyList<IImageSource> images,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        run.RequireOpen(this);
        run.WarnOnce(ImageDataset.WarningsOf(images));
        run.Prepare(() => Check(new RunPlan { Unlabeled = images }, Networks));
        return Pretrain(pretrainer => pretrainer.Run(images, progress, cancellationToken));
    }

    /// <summary>Trains the networks on batches of unlabelled images that the caller brings.</summary>
    /// <param name="batches">
    /// The batches, with as many views as the method wants: of CASS two where the options say <see cref="PretrainingAugmentation.TwoViews"/>,
    /// else one. Batch size, augmentation and loading settings are then the caller's own.
    /// </param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The networks, which remain the trainer's, and the history.</returns>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainedBackbones Pretrain(
        IBatchSource batches,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return Pretrain(pretrainer => pretrainer.Run(batches, progress, cancellationToken));
    }

    /// <summary>
    /// Deletes the checkpoints of all phases, once nothing of the run is to be done again. The folder, if nothing else is
    /// in it, goes when the trainer is disposed. Without checkpoints it does nothing.
    /// </summary>
    public void DeleteCheckpoints() => run.Checkpoints.Delete();

    /// <summary>Makes batches for a <see cref="FeatureProbe"/>: in order, by the published validation transform at this trainer's size.</summary>
    /// <param name="images">Labelled images, at least one.</param>
    /// <returns>Batches of <see cref="EvaluationOptions.BatchSize"/>; the caller disposes them.</returns>
    /// <exception cref="CassInputException">There are no images.</exception>
    public ImageLoader CreateEvaluationLoader(ImageDataset images)
    {
        ArgumentNullException.ThrowIfNull(images);
        run.RequireOpen(this);
        return images.Count == 0
            ? throw new CassInputException("A probe needs at least one image; the dataset has none.")
            : run.InOrder(images, ImageSize, settings.Evaluation.BatchSize, settings.Pretraining.Loading);
    }

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
        CancellationToken cancellationToken = default) =>
        FineTuner.FineTune(backbone, train, validation, progress, cancellationToken);

    /// <summary>
    /// Fine-tunes a copy of each of several networks on the same images, two at the same time where <see cref="RunOptions.NetworksSideBySide"/> allows it, each on half of
    /// the threads; the log says which. What each becomes is, bit for bit, what
    /// <see cref="FineTune(Backbone, ImageDataset, ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> makes of it alone with as many threads.
    /// </summary>
    /// <remarks>
    /// Two networks that train at the same time each load their images, in <see cref="LoadingOptions.CacheBytes"/> each. Where one of them fails, the other is stopped and saved.
    /// Progress and <see cref="FineTuningEpochEnded"/> are told of one network at a time, and never both at once, on the thread of the network. Of more than two networks, the first two are a pair, then the next two.
    /// </remarks>
    /// <param name="backbones">The networks to start from, such as <see cref="Networks"/>; they stay as they are.</param>
    /// <param name="train">Labelled training images, of which <see cref="FineTuningOptions.LabelFraction"/> is used.</param>
    /// <param name="validation">Labelled validation images, of the same classes; none where null.</param>
    /// <param name="progress">Told after every batch of each network.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The classifiers with their histories, in the order of the networks; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no network, one is null, or one is given twice.</exception>
    /// <exception cref="CassInputException">Two networks of one name would have the same checkpoints, the classes differ, images may have several labels where the loss allows one, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// using var classifiers = trainer.FineTune(trainer.Networks, train, validation);
    /// using var ensemble = new ClassifierEnsemble(classifiers);
    /// var report = ensemble.Evaluate(test);
    /// </code></example>
    public FineTunedClassifiers FineTune(
        IReadOnlyList<Backbone> backbones,
        ImageDataset train,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        FineTuner.FineTune(backbones, train, validation, progress, cancellationToken);

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
        CancellationToken cancellationToken = default) =>
        FineTuner.FineTune(backbone, labels, classCounts, train, validation, progress, cancellationToken);

    /// <summary>
    /// Trains a copy of a network to do what a trained classifier does: knowledge distillation (Hinton, Vinyals and Dean 2015,
    /// arXiv 1503.02531). The teacher gets the same augmented images as the student, in evaluation mode and without gradient, and the student
    /// learns its probabilities on all of them. Of the images whose labels <see cref="FineTuningOptions.LabelFraction"/> draws, the labels
    /// count as well, as <see cref="DistillationOptions.Weight"/> says; images without labels are learned from by the teacher alone. All
    /// other settings are those of <see cref="CassOptions.FineTuning"/>.
    /// </summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">
    /// The classifier to learn from; it stays as it is. It takes images of this trainer's size and normalisation, and its
    /// <see cref="ImageClassifier.Activation"/> is that of <see cref="FineTuningOptions.Loss"/>.
    /// </param>
    /// <param name="train">Training images: with labels, of the teacher's classes, or without.</param>
    /// <param name="validation">Labelled validation images, of the same classes, that the best epoch is chosen by; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, classes differ, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// using var teacher = trainer.FineTune(backbones.Cnn, labelled, validation);
    /// using var student = trainer.Distill(backbones.Transformer, teacher, unlabelled.Images, validation);
    /// </code></example>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        ImageDataset train,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        FineTuner.Distill(student, teacher, train, validation, progress, cancellationToken);

    /// <summary>Distils on images without labels, or with labels that are not to count: the student learns from the teacher alone.</summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">The classifier to learn from; it stays as it is.</param>
    /// <param name="images">Training images, all of which are used.</param>
    /// <param name="validation">Labelled validation images, of the teacher's classes; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, classes differ, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        IReadOnlyList<IImageSource> images,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        FineTuner.Distill(student, teacher, images, validation, progress, cancellationToken);

    /// <summary>Distils on batches that the caller brings, with targets or without; batch size, augmentation and loading are then the caller's own.</summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">The classifier to learn from; it stays as it is.</param>
    /// <param name="train">Batches of training images. Targets, where a batch has them, count as <see cref="DistillationOptions.Weight"/> says, by <see cref="FineTuningOptions.ClassWeights"/> if these are set, else all classes alike.</param>
    /// <param name="validation">Batches of validation images with targets; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, or a class weight is missing.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        IBatchSource train,
        IBatchSource? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        FineTuner.Distill(student, teacher, train, validation, progress, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        cnn?.Dispose();
        transformer?.Dispose();
        FineTuner.Dispose();
        run.Dispose();
    }

    /// <summary>Logs warnings that have not been logged yet.</summary>
    internal void WarnOnce(IEnumerable<string> warnings) => run.WarnOnce(warnings);

    private static CassInputException Missing(string what, string how) => new($"This trainer has no {what}: choose one with {how}.");

    private Backbone? Open(Backbone? network)
    {
        run.RequireOpen(this);
        return network;
    }

    private PretrainedBackbones Pretrain(Func<Pretrainer, PretrainingResult> train)
    {
        run.RequireOpen(this);
        foreach (var network in Networks)
        {
            TrainingRun.RequireFinite(network);
        }

        random.manual_seed(settings.Seed);
        using var method = CreateMethod();
        using var pretrainer = new Pretrainer(method, settings.Pretraining, run, NetworkSettings) { Probe = Probe };
        pretrainer.EpochEnded += (_, row) => PretrainingEpochEnded?.Invoke(this, row);
        return new PretrainedBackbones(cnn, transformer, train(pretrainer).History);
    }

    private ISelfSupervisedMethod CreateMethod() => createMethod is null
        ? new CassMethod(Cnn, Transformer, settings.Method) { Profile = Profile }
        : createMethod(this) ?? throw new CassInputException($"The function given to {nameof(CassTrainerBuilder.UseMethod)} returned null; return the method, or leave {nameof(CassTrainerBuilder.UseMethod)} out for CASS.");

    private CheckedPlan Check(RunPlan plan, IReadOnlyList<Backbone> networks, string? problemOfViews = null)
    {
        var problem = createMethod is null && plan.Unlabeled is not null ? CassMethod.Problem(Cnn, Transformer, settings.Method.Safeguard) ?? problemOfViews : problemOfViews;
        var found = new PlanCheck(settings, ImageSize, SettingNames, run.Processes).Run(plan, networks, problem);
        run.WarnOnce(found.Warnings);
        return found;
    }

    /// <summary>Why the method cannot make its views of the images, as a sentence; null where it can. Pretraining would say so before it reads the first one.</summary>
    private string? ProblemOfViews()
    {
        try
        {
            if (createMethod is null)
            {
                ImageSizes.RequireViews(ImageSize.Height, ImageSize.Width, Networks);
            }
            else
            {
                using var method = CreateMethod();
                method.CreateViews(ImageSize.Height, ImageSize.Width, Normalization);
            }

            return null;
        }
        catch (CassInputException error)
        {
            return error.Message;
        }
    }

    /// <summary>What tells the networks apart in the names of checkpoints; nothing where their own names do.</summary>
    private string? RoleOf(Backbone network) => cnn is null || transformer is null || !string.Equals(cnn.ModelName, transformer.ModelName, StringComparison.Ordinal) ? null
        : ReferenceEquals(network, cnn) ? "cnn"
        : ReferenceEquals(network, transformer) ? "transformer"
        : null;

    private JsonObject NetworkSettings() => new()
    {
        [nameof(Cnn)] = cnn is null ? null : CheckpointFolder.Describe(settings.Cnn),
        [nameof(Transformer)] = transformer is null ? null : CheckpointFolder.Describe(settings.Transformer),
    };

    /// <summary>Refuses checkpoints that the phases of a plan could not go on from.</summary>
    private void RequireResumable(RunPlan plan, ImageDataset? labeled, IReadOnlyList<Backbone> networks)
    {
        if (plan.Unlabeled is { } all)
        {
            var unlabeled = Pretrainer.Sample(all, settings.Pretraining, settings.Seed);
            var batches = new PlannedBatches(unlabeled.Count, i => unlabeled[i].Name, settings.Pretraining.BatchSize, settings.Pretraining.DropLast);
            run.Checkpoints.RequireResumable(Phases.Pretraining, () =>
            {
                using var method = CreateMethod();
                return PretrainingSettings.Of(settings, settings.Pretraining, method, ImageSize, batches, run.StartingWeights.Of(method.Backbones), NetworkSettings());
            }, OpenPrecision(Phases.Pretraining));
        }

        if (labeled is null)
        {
            return;
        }

        var validation = plan.Validation is { } images ? new PlannedBatches(images.Count, images.NameOf, settings.FineTuning.BatchSize, dropLast: false) : null;
        foreach (var network in networks)
        {
            var dropLast = settings.FineTuning.Rule(network).DropsLast(labeled.Count);
            var train = new PlannedBatches(labeled.Count, labeled.NameOf, settings.FineTuning.BatchSize, dropLast);

            var phase = Phases.FineTuning(network, RoleOf(network));

            // The weights that fine-tuning starts from, and a rate that goes by where they come from, are those that pretraining will have ended with.
            run.Checkpoints.RequireResumable(
                phase,
                () => FineTuningSettings.Of(settings, settings.FineTuning, ImageSize, train, validation, network, labeled.Labels, FineTuningRate.Of(settings.FineTuning.LearningRate, network).Value),
                [FineTuningSettings.InitialWeights, .. OpenPrecision(phase), .. settings.FineTuning.LearningRate.Rate is null ? [FineTuningSettings.Rate] : (string[])[]]);
        }
    }

    /// <summary>The numbers, where a checkpoint has those that were chosen: the run that goes on from it keeps them.</summary>
    private string[] OpenPrecision(string phase) => settings.Precision == NumericPrecision.Auto && run.Checkpoints.PrecisionOf(phase) is not null ? [CheckpointStore.Precision] : [];

    private Backbone CreateNetwork(NetworkOptions network, BackboneRegistry registry)
    {
        var backbone = registry.Create(network.Name, new BackboneOptions
        {
            NumClasses = network.NumClasses,
            ImageHeight = ImageSize.Height,
            ImageWidth = ImageSize.Width,
            DropRate = network.DropRate,
            DropPathRate = network.DropPathRate,
            GlobalPooling = network.GlobalPooling,
            DynamicImageSize = network.DynamicImageSize,
        });
        if (network.Weights is not null)
        {
            var report = BackboneWeights.Load(backbone, network.Weights, new WeightLoadOptions { Names = SettingNames });
            run.Logger.Log(report.IsComplete ? LogLevel.Information : LogLevel.Warning, "{Network}: {Report}", network.Name, report);
        }

        run.Prepare(backbone);
        return backbone;
    }
}
