using System.Text.Json.Nodes;
using Cass.Data;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Trains any <see cref="ISelfSupervisedMethod"/> on unlabelled images: loads the method's views, steps, checks for collapse,
/// saves, resumes, logs.
/// </summary>
/// <remarks>
/// Training seeds TorchSharp's global generator, so that one seed gives one result; the first weights of the networks and of
/// the method's heads are whoever's made them: seed before. A run goes on from a checkpoint only with networks
/// (<see cref="ISelfSupervisedMethod.Backbones"/>) that begin with the weights that it began with; heads may begin otherwise. Not thread-safe.
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("vit_small_patch16_224", new BackboneOptions { DynamicImageSize = true });
/// using var method = new DinoMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 64 });
/// var history = pretrainer.Run(images).History;
/// </code></example>
public sealed class Pretrainer : IDisposable
{
    private const string Section = "Pretraining";

    private readonly TrainingRun run;
    private readonly bool ownsRun;
    private readonly MethodCheck check;
    private readonly Func<JsonObject>? moreSettings;

    /// <summary>Checks all settings, and brings the method's modules to the device.</summary>
    /// <param name="method">The method, which stays the caller's: it is used by one pretrainer at a time.</param>
    /// <param name="options">Settings of pretraining; the defaults where null. They are copied.</param>
    /// <param name="run">Device, images, checkpoints and records; the defaults where null. They are copied.</param>
    /// <param name="logger">Where epochs and warnings are logged; where null, warnings go to standard error.</param>
    /// <param name="names">How messages spell settings; <see cref="SettingNames.Properties"/> where null.</param>
    /// <param name="processGroup">
    /// The processes that train together, each with a pretrainer alike; null where this one is alone. It stays the caller's. Batch sizes are those of all
    /// processes together.
    /// </param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">The method, a device or a file cannot be used; the message says why.</exception>
    public Pretrainer(ISelfSupervisedMethod method, PretrainingOptions? options = null, RunOptions? run = null, ILogger? logger = null, SettingNames? names = null, IProcessGroup? processGroup = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        Method = method;
        Settings = OptionsCopy.Of(options ?? new PretrainingOptions(), Section);
        var runOptions = OptionsCopy.Of(run ?? new RunOptions());
        check = new MethodCheck(method, Settings);
        this.run = new TrainingRun(runOptions, SizeOf(method), new { Method = method.Name, Options = MethodCheck.Describe(method), Pretraining = Settings, Run = runOptions }, logger, names, processGroup);
        ownsRun = true;
        foreach (var module in method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)))
        {
            if (module is Backbone backbone)
            {
                this.run.Prepare(backbone);
            }
            else
            {
                module.to(this.run.Computation.WeightType).to(this.run.Computation.Device);
            }
        }
    }

    /// <summary>Pretrains within the run of a trainer, which has checked its options and its images.</summary>
    internal Pretrainer(ISelfSupervisedMethod method, PretrainingOptions settings, TrainingRun run, Func<JsonObject> moreSettings)
    {
        check = new MethodCheck(method, settings);
        Method = method;
        Settings = settings;
        this.run = run;
        this.moreSettings = moreSettings;
    }

    /// <summary>The method.</summary>
    public ISelfSupervisedMethod Method { get; }

    /// <summary>A copy of the settings that it was built with.</summary>
    public PretrainingOptions Options => OptionsCopy.Of(Settings);

    /// <summary>Height and width in pixels of a full view.</summary>
    public (int Height, int Width) ImageSize => run.ImageSize;

    /// <summary>What it trains on.</summary>
    public RunEnvironment Environment => run.Environment;

    /// <summary>
    /// Scores the features of <see cref="ISelfSupervisedMethod.Backbones"/> by labels while they pretrain; the scores are in
    /// <see cref="PretrainingEpoch.Probes"/>. Null, the default, for no such scores.
    /// </summary>
    public FeatureProbe? Probe { get; set; }

    /// <summary>
    /// Makes the schedule of the learning rate of its highest rate and the number of steps of the run, in place of the one that
    /// <see cref="PretrainingOptions.LearningRate"/> names. Null, the default, for the named one. A rate that is negative or not finite
    /// ends the run, with the step.
    /// </summary>
    /// <remarks>
    /// A run goes on from a checkpoint where the schedule is of the same type and gives the same rates at the first step, after a quarter,
    /// after half of the steps, and at the last. Parameters that show at none of them are not compared: give runs with others checkpoint
    /// folders or <see cref="CheckpointOptions.RunName"/>s of their own.
    /// </remarks>
    public Func<double, long, ILearningRateSchedule>? CreateSchedule { get; set; }

    /// <summary>Measures where the time goes while it is set, and logs it at the end. Null, the default, measures nothing.</summary>
    public TrainingProfile? Profile
    {
        get => run.Profile;
        set => run.Profile = value;
    }

    /// <summary>
    /// Raised after each epoch, on the training thread, when its checkpoint has been written. An exception in a handler ends
    /// the run.
    /// </summary>
    public event EventHandler<PretrainingEpoch>? EpochEnded;

    internal PretrainingOptions Settings { get; }

    /// <summary>Trains on unlabelled images, augmented as the method says.</summary>
    /// <remarks>
    /// Without checkpoints, a second call trains the same networks on, from where the first one left them, as a run of its own with new
    /// optimisers and schedules. With checkpoints it goes on from the newest: after a run that is done, there is nothing left to do.
    /// </remarks>
    /// <param name="images">The images, of which <see cref="PretrainingOptions.ImageFraction"/> is used; at least one batch of them.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The method's networks, and the history.</returns>
    /// <exception cref="CassInputException">
    /// There are fewer images than a batch, or one cannot be read; the method's options have changed since the pretrainer was made, or
    /// what the method gives cannot be trained on. The message names it.
    /// </exception>
    /// <exception cref="CheckpointMismatchException">The checkpoints are of a run with other settings, images or first weights.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainingResult Run(
        IReadOnlyList<IImageSource> images,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        run.WarnOnce(ImageDataset.WarningsOf(images));
        if (ownsRun)
        {
            run.Prepare(() => new PretrainingCheck(Settings, new PlanFindings(run.Names), run.Processes).Run(images, run.Options));
        }

        var used = Sample(images, Settings, run.Options.Seed);
        run.LogLeftOut("Pretraining", Settings.Rule(), used.Count, "Pretraining.DropLast");
        using var loader = new ImageLoader(
            used,
            check.Views(Method.CreateViews(ImageSize.Height, ImageSize.Width, run.Normalization)),
            run.LoaderOptions(Settings.Loading, Settings.BatchSize, shuffle: true, Settings.DropLast));
        return Run(loader, used, () => run.Log.Data(Phases.Pretraining, DataManifest.Of(used)), progress, cancellationToken);
    }

    /// <summary>
    /// Trains on batches of unlabelled images that the caller brings, with as many views as the method wants. Batch size,
    /// augmentation and loading are then the caller's own.
    /// </summary>
    /// <param name="batches">The batches.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The method's networks, and the history.</returns>
    /// <exception cref="CheckpointMismatchException">The checkpoints are of a run with other settings, images or first weights.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public PretrainingResult Run(
        IBatchSource batches,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return Run(batches, images: null, () => { }, progress, cancellationToken);
    }

    /// <summary>
    /// Deletes the checkpoints, once nothing of the run is to be done again. The folder, if nothing else is in it, goes when
    /// this is disposed. Without checkpoints it does nothing.
    /// </summary>
    public void DeleteCheckpoints() => run.Checkpoints.Delete();

    /// <summary>Lets go of checkpoints and logs; the method stays.</summary>
    public void Dispose()
    {
        if (ownsRun)
        {
            run.Dispose();
        }
    }

    /// <summary>The images that pretraining uses.</summary>
    internal static IReadOnlyList<IImageSource> Sample(IReadOnlyList<IImageSource> images, PretrainingOptions options, long seed) => options.ImageFraction >= 1
        ? images
        : [.. RandomSample.Draw(images.Count, (int)(images.Count * options.ImageFraction), seed).Select(index => images[index])];

    private PretrainingResult Run(IBatchSource batches, IReadOnlyList<IImageSource>? images, Action logData, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        run.RequireOpen(this);
        check.BeforeRun();
        foreach (var backbone in Method.Backbones.Values)
        {
            TrainingRun.RequireFinite(backbone);
        }

        var ownSchedule = CallersSchedule.Create(
            CreateSchedule,
            PretrainingLoop.PeakRate(Settings),
            GradientStep.TotalSteps(Settings.Optimizer, batches.BatchesPerEpoch, Settings.Epochs),
            $"{nameof(Pretrainer)}.{nameof(CreateSchedule)}");
        random.manual_seed(run.Options.Seed);
        try
        {
            var (computation, checkpointer, resumed) = run.Open(Phases.Pretraining, Settings.Epochs, () => Describe(batches, ownSchedule), [.. Method.Backbones.Values], ImageSize, Settings.BatchSize, [.. Method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers))], images is null ? [] : [ImageListing.Of("training", images)]);
            using (resumed)
            {
                run.BeginLog(Phases.Pretraining, resumed?.Position.Epoch);
                logData();
                using var sideBySide = SideBySideNetworks.Begin(Method, Settings, run, computation);
                using var loop = new PretrainingLoop(Method, Settings, computation, batches, checkpointer, new PretrainingLog(run.Log, run.Logger, Settings), Probe, ownSchedule, Profile, run.Processes, run.Options.Seed, run.Processes is { IsMain: false } ? null : progress, cancellationToken)
                {
                    EpochEnded = row => EpochEnded?.Invoke(this, row),
                };
                var history = loop.Run(resumed);
                run.LogProfile();
                foreach (var backbone in Method.Backbones.Values.Where(b => Settings.UpdateWeights && b.WeightOrigin == WeightOrigin.Random))
                {
                    backbone.WeightOrigin = WeightOrigin.SelfSupervised;
                }

                run.Processes?.End();
                return new PretrainingResult(Method.Backbones, history);
            }
        }
        catch (Exception error)
        {
            // A run that ended early may go on elsewhere before this one is disposed.
            run.Checkpoints.Release();
            run.Processes?.End(error);
            throw;
        }
        finally
        {
            run.StartingWeights.End(Method.Backbones);
        }
    }

    /// <summary>The settings that a checkpoint of the run is of.</summary>
    private JsonObject Describe(IBatchSource batches, CallersSchedule? ownSchedule)
    {
        var weights = run.StartingWeights.Begin(Method.Backbones, run.Checkpoints.HasCheckpoints(Phases.Pretraining));
        var settings = PretrainingSettings.Of(run.Options, Settings, Method, ImageSize, batches, weights, moreSettings?.Invoke());
        ownSchedule?.Describe(settings);
        return settings;
    }

    private static (int Height, int Width) SizeOf(ISelfSupervisedMethod method)
    {
        var networks = method.Backbones.Values.Select(b => b.Configuration).ToList();
        var network = networks.Find(n => n.FixedInputSize) ?? networks[0];
        return (network.InputHeight, network.InputWidth);
    }
}
