using System.Text.Json.Nodes;
using Cass.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// What pretraining and fine-tuning share in a run: its options, device, logs and checkpoints, and what has been said
/// already.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private const double ManyLeftOut = 0.1;

    /// <summary>Hashes of names; listed images tell which name it is that differs.</summary>
    private static readonly string[] ListedNames = ["Settings.Images.Names", "Settings.Validation.Names"];

    private readonly (int Height, int Width)? imageSize;
    private readonly HashSet<string> warned = new(StringComparer.Ordinal);
    private PrecisionChoice? precision;
    private bool isDisposed;

    /// <summary>Takes checked options, and opens what they name.</summary>
    /// <param name="options">The options, which nobody else changes.</param>
    /// <param name="imageSize">Height and width that images are resized to, where the options leave them open; null for those of each network.</param>
    /// <param name="record">What <c>settings.json</c> holds.</param>
    /// <param name="logger">Where epochs and warnings are logged; where null, warnings go to standard error.</param>
    /// <param name="names">How messages spell settings; <see cref="SettingNames.Properties"/> where null.</param>
    /// <param name="group">The processes that train together, which stay the caller's; null where this one is alone.</param>
    public TrainingRun(RunOptions options, (int Height, int Width)? imageSize, object record, ILogger? logger, SettingNames? names, IProcessGroup? group = null)
    {
        TorchBackend.EnsureLoaded();
        TorchKernels.Prepare();
        Options = options;
        Names = names ?? SettingNames.Properties;
        Processes = DistributedRun.Of(group, options.SynchronizedBatchNorm);
        Logger = Processes is { IsMain: false } ? NullLogger.Instance : new SerialLogger(logger ?? WarningLogger.Instance);
        Checkpoints = new CheckpointFolder(Processes is { IsMain: false } ? new CheckpointOptions() : options.Checkpoints, Logger);
        Guard = new DuplicateGuard(Logger);
        Computation = new Computation(TrainingDevice.Parse(options.Device).Resolve(Processes?.Group.LocalRank), options.Precision, options.GradientCheckpointing);
        Normalization = new ChannelStatistics(options.Images.Mean, options.Images.Std);
        this.imageSize = imageSize;
        foreach (var remark in Computation.Device.type == DeviceType.CPU ? TorchBackend.Remarks : [])
        {
            Logger.Log(options.Precision == NumericPrecision.BFloat16 ? LogLevel.Warning : LogLevel.Information, "{Remark}", remark);
        }

        Log = OpenLogs(record);
        if (Processes is { IsMain: true })
        {
            Logger.LogInformation("{Processes} processes train together, connected by {Transport}.", Processes.Group.Size, Processes.Group.Transport);
        }
    }

    /// <summary>The processes that train together; null where this one is alone.</summary>
    public DistributedRun? Processes { get; }

    public RunOptions Options { get; }

    public SettingNames Names { get; }

    public ILogger Logger { get; }

    public CompositeLog Log { get; }

    public Computation Computation { get; }

    public CheckpointFolder Checkpoints { get; }

    public DuplicateGuard Guard { get; }

    /// <summary>The weights that pretraining began with.</summary>
    public StartingWeights StartingWeights { get; } = new();

    public ChannelStatistics Normalization { get; }

    /// <summary>Height and width that images are resized to, where they do not go by the network.</summary>
    public (int Height, int Width) ImageSize => (Options.Images.Height ?? imageSize!.Value.Height, Options.Images.Width ?? Options.Images.Height ?? imageSize!.Value.Width);

    public TrainingProfile? Profile { get; set; }

    public RunEnvironment Environment => RunEnvironment.Of(Computation.Device);

    /// <summary>Whether two networks may compute at the same time, each on half of the threads, as far as the run decides about it.</summary>
    public bool AllowsNetworksSideBySide => Options.NetworksSideBySide && Computation.Device.type == DeviceType.CPU && Processes is null && get_num_threads() > 1;

    /// <summary>Height and width that images for a network are resized to.</summary>
    public (int Height, int Width) SizeFor(Backbone network) =>
        (Options.Images.Height ?? imageSize?.Height ?? network.Configuration.InputHeight, Options.Images.Width ?? Options.Images.Height ?? imageSize?.Width ?? network.Configuration.InputWidth);

    /// <summary>
    /// Opens the checkpoints of a phase. Where several processes train together, all begin with the weights of the main one, or with its checkpoint, or none
    /// begins.
    /// </summary>
    /// <param name="phase">Name of the phase.</param>
    /// <param name="epochs">Number of its epochs.</param>
    /// <param name="settings">What a run that goes on from a checkpoint must have in common with the one that made it.</param>
    /// <param name="networks">The networks that are trained, which <see cref="NumericPrecision.Auto"/> goes by.</param>
    /// <param name="size">Height and width of the images.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="modules">What is trained, teachers included.</param>
    /// <param name="images">Images that all processes are to have alike; none where they are not known.</param>
    /// <param name="classCounts">Training images of each class; null where there are no classes.</param>
    public OpenedPhase Open(
        string phase,
        int epochs,
        Func<JsonObject> settings,
        IReadOnlyCollection<Backbone> networks,
        (int Height, int Width) size,
        int batchSize,
        IReadOnlyList<nn.Module> modules,
        IReadOnlyList<ImageListing> images,
        IReadOnlyList<int>? classCounts = null)
    {
        if (Processes is null)
        {
            var chosen = Decide(phase, networks, size, batchSize);
            var (alone, found) = Checkpoints.Open(phase, epochs, () => RunSettings.In(chosen, settings()));
            return new(Computation.In(chosen), alone, found);
        }

        JsonObject? described = null;
        Processes.Begin(() => new JsonObject
        {
            ["Phase"] = phase,
            ["Versions"] = CheckpointFolder.Describe(RunVersions.Present),
            ["Settings"] = (described = settings()).DeepClone(),
            ["BatchNorm"] = Options.SynchronizedBatchNorm,
            ["Epochs"] = epochs,
            ["Saved"] = Options.Checkpoints.Folder is not null,
            ["Weights"] = StructureOf(modules),
            ["Listed"] = string.Join(", ", images.Select(listing => listing.Title)),
            ["ClassCounts"] = classCounts is null || images.Count > 0 ? null : string.Join(", ", classCounts),
        }, [$"Settings.{CheckpointStore.InitialWeights}", .. images.Count > 0 ? ListedNames : []]);
        foreach (var listing in images)
        {
            Processes.RequireSame(listing);
        }

        Processes.Broadcast(modules);
        var agreed = Processes.FromMain(() => Decide(phase, networks, size, batchSize));
        var opened = Processes.InMain(() => Checkpoints.Open(phase, epochs, () => RunSettings.In(agreed, described!)));
        var checkpointer = Processes.IsMain ? opened.Checkpointer : new Checkpointer(null, null, TimeSpan.MaxValue, Logger) { IsSaving = Options.Checkpoints.Folder is not null };
        return new(Computation.In(agreed), checkpointer, Processes.ShareOut(opened.Resumed));
    }

    /// <summary>Begins to log a phase that was opened.</summary>
    public void BeginLog(string phase, int? resumedAt)
    {
        Log.Begin(phase, resumedAt);
        if (precision is not null)
        {
            Log.Precision(phase, precision);
        }
    }

    /// <summary>Does what comes before <see cref="Open"/>: where it fails in one of several processes, none begins.</summary>
    public T Prepare<T>(Func<T> work) => Processes is null ? work() : Processes.Prepare(work);

    /// <summary>Does what comes before <see cref="Open"/>: where it fails in one of several processes, none begins.</summary>
    public void Prepare(Action work) => Prepare<object?>(() =>
    {
        work();
        return null;
    });

    /// <summary>Logs warnings that have not been logged yet: parts of one dataset have the same.</summary>
    public void WarnOnce(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Where(warned.Add))
        {
            Logger.LogWarning("{Warning}", warning);
        }
    }

    /// <summary>Says how many images each epoch leaves out with its last batch; as a warning where they are many.</summary>
    public void LogLeftOut(string phase, BatchRule batches, int images, string setting)
    {
        if (batches.LeftOut(images) is > 0 and var leftOut)
        {
            Logger.Log(
                leftOut > images * ManyLeftOut ? LogLevel.Warning : LogLevel.Information,
                "{Phase} leaves out {LeftOut} of {Images} images in each epoch, others each time: the last batch is too small for batches of {BatchSize}.{Advice}",
                phase,
                leftOut,
                images,
                batches.BatchSize,
                Names.Advise(setting, name => $" {name} decides about it."));
        }
    }

    public void LogProfile()
    {
        if (Profile is not null)
        {
            Logger.LogInformation("Where the time went:\n{Profile}", Profile);
        }
    }

    public ImageLoaderOptions LoaderOptions(LoadingOptions loading, int batchSize, bool shuffle, bool dropLast) =>
        Loaders.Options(loading, batchSize, Options.Seed, shuffle, dropLast) with
        {
            PinMemory = Computation.Device.type == DeviceType.CUDA,
            Profile = Profile,
        };

    /// <summary>Images once and in order, by the published validation transform.</summary>
    public ImageLoader InOrder(ImageDataset images, (int Height, int Width) size, int batchSize, LoadingOptions loading) => new(
        images,
        CassTransforms.Validation(size.Height, size.Width, Normalization),
        LoaderOptions(loading, Math.Min(batchSize, images.Count), shuffle: false, dropLast: false));

    /// <summary>Brings a network to the device, in the numbers and the order of axes of the run.</summary>
    public void Prepare(Backbone backbone)
    {
        backbone.to(Computation.WeightType).to(Computation.Device);

        // In 64 bits, convolutions have no kernel for this order.
        if (Options.ChannelsLast && Computation.WeightType == ScalarType.Float32)
        {
            backbone.ToChannelsLast();
        }
    }

    /// <summary>Refuses a network that no training can make good.</summary>
    public static void RequireFinite(Backbone network)
    {
        if (NonFiniteTensor.FirstOf(network.state_dict()) is { } broken)
        {
            throw new TrainingFailedException($"{network.ModelName} cannot be trained: {broken}. Start from other weights.", epoch: 0, batch: 0, []);
        }
    }

    /// <summary>Refuses to train for what was disposed already.</summary>
    public void RequireOpen(object owner) => ObjectDisposedException.ThrowIf(isDisposed, owner);

    public void Dispose()
    {
        isDisposed = true;
        Log.Dispose();
        Checkpoints.Dispose();
    }

    /// <summary>The numbers that a phase computes in, where the options leave them open.</summary>
    private NumericPrecision Decide(string phase, IReadOnlyCollection<Backbone> networks, (int Height, int Width) size, int batchSize)
    {
        if (Options.Precision != NumericPrecision.Auto)
        {
            return Options.Precision;
        }

        precision = Checkpoints.PrecisionOf(phase) is { } saved
            ? new PrecisionChoice(saved, "as in the checkpoint")
            : PrecisionChoice.For(networks, Computation, size, batchSize);
        Logger.LogInformation("{Networks} compute in {Precision}: {Reason}.", string.Join(" and ", networks.Select(network => network.ModelName)), precision.Precision, precision.Reason);
        return precision.Precision;
    }

    /// <summary>A hash of the names, shapes and types of all weights.</summary>
    private static string StructureOf(IEnumerable<nn.Module> modules) => FileHash.Of(System.Text.Encoding.UTF8.GetBytes(string.Join(
        '\n',
        modules.SelectMany(module => module.state_dict()).Select(entry => $"{entry.Key} {entry.Value.dtype} {string.Join('x', entry.Value.shape)}"))));

    private CompositeLog OpenLogs(object record)
    {
        var logs = new List<IRunLog>();
        if (Processes is { IsMain: false })
        {
            return new CompositeLog(logs);
        }

        if (Options.TensorBoardFolder is { } tensorBoard)
        {
            logs.Add(new TensorBoardLog(tensorBoard, Logger));
        }

        if (Options.RecordFolder is { } folder)
        {
            logs.Add(new RunRecorder(folder, record, Environment, Logger));
        }

        return new CompositeLog(logs);
    }
}
