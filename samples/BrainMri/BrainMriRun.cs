using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BrainMri.CommandLine;
using BrainMri.Data;
using BrainMri.Display;
using BrainMri.Phantoms;
using BrainMri.Results;
using Cass;
using Cass.Data;
using Cass.Models;
using Cass.Training;
using Spectre.Console;
using TorchSharp;

namespace BrainMri;

/// <summary>
/// The whole of CASS, once: both networks are pretrained together, each is fine-tuned on a share of the labels, and
/// each is scored on the test images. Composes the packages; everything that trains is theirs.
/// </summary>
internal sealed class BrainMriRun(RunSettings settings, IAnsiConsole console, IProgressDisplay display)
{
    private const string CnnRole = "CNN";
    private const string TransformerRole = "ViT";
    private const string CnnFolder = "cnn";
    private const string TransformerFolder = "vit";
    private const string FigureFile = "results.png";
    private const string ResultsJson = "results.json";
    private const string ReportFile = "report.html";
    private const string CheckpointsFolder = "checkpoints";

    /// <summary>Checks everything that can be checked, works, then writes and shows the results.</summary>
    /// <exception cref="CassInputException">Something that the settings name cannot be used; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing was written but checkpoints, from which the next run goes on.</exception>
    public void Execute(CancellationToken cancellationToken)
    {
        var (started, clock) = (DateTimeOffset.Now, Stopwatch.StartNew());
        OutputFolder.RequireApart(settings);
        OutputFolder.RequireWritable(settings.Output, "--output");
        if (settings.SavePhantoms is not null)
        {
            OutputFolder.RequireWritable(settings.SavePhantoms, "--save-phantoms");
        }

        var warnings = new WarningLog(Console.Error);
        var images = ImageSets.Read(settings, warnings.Warn);
        OutputFolder.RequireApart(settings.Output, images);
        using var trainer = CreateTrainer(warnings);
        trainer.Profile = settings.Profile ? new TrainingProfile() : null;
        if ((int)(images.Known.Count * settings.LabelFraction) == 0)
        {
            // Whatever the split will be: reading all images to find that out would be a waste of time.
            throw new CassInputException($"--label-fraction {settings.LabelFraction.ToString(CultureInfo.InvariantCulture)} of {images.Known.Count:N0} images leaves no labelled image. Raise it, or give more images.");
        }

        var duplicates = images.Synthetic ? null : CheckImages(trainer, images, cancellationToken);
        images = duplicates?.Images ?? images;
        var labeled = RequireUsable(trainer, images, cancellationToken);

        Report.Header(console, Facts(trainer, images, duplicates, labeled));
        foreach (var warning in duplicates?.Warnings ?? [])
        {
            warnings.Warn(warning);
        }

        Report.Classes(console, images.ClassCounts());

        RunResults? results = null;
        NetworkReport[]? reports = null;
        display.Run(progress =>
        {
            if (settings.SavePhantoms is not null)
            {
                SavePhantoms(settings.SavePhantoms, progress, cancellationToken);
            }

            var pretraining = settings.PretrainEpochs > 0 ? Pretrain(trainer, images, progress, cancellationToken) : null;
            using var classifiers = FineTune(trainer, images, progress, cancellationToken);
            var (cnn, transformer) = (classifiers[0], classifiers[1]);
            reports =
            [
                Score(cnn, CnnRole, images, progress, cancellationToken),
                Score(transformer, TransformerRole, images, progress, cancellationToken),
            ];
            results = new RunResults
            {
                Version = typeof(CassTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
                Images = images.Description,
                Synthetic = images.Synthetic,
                Duplicates = duplicates is null ? null : DuplicateResults.Of(duplicates),
                Classes = images.ClassCounts(),
                LabeledImages = labeled,
                Pretraining = pretraining,
                Cnn = Test(cnn, reports[0], CnnRole, images, progress, cancellationToken),
                Transformer = Test(transformer, reports[1], TransformerRole, images, progress, cancellationToken),
                Settings = settings,
                TrainerOptions = trainer.Options,
                Started = started,
                Seconds = Math.Round(clock.Elapsed.TotalSeconds, 1),
            };
            var maps = HeatMapSection.Of(cnn, transformer, images.Test, warnings.Warn, part => progress.Report(new StepProgress("Explain both", part, "heat maps")), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();

            // From here on nothing is cancelled: what is written is written whole.
            cnn.Save(PathOf(CnnFolder));
            transformer.Save(PathOf(TransformerFolder));
            ResultsFigure.Write(PathOf(FigureFile), results);
            ResultsFile.Write(PathOf(ResultsJson), results);
            WriteReport(trainer, images, duplicates, pretraining, reports, maps);
            trainer.DeleteCheckpoints();
        });

        Report.Scores(console, results!.Cnn, results.Transformer, trainer.Options.FineTuning.Loss);
        if (images.Synthetic)
        {
            console.WriteLine("These are scores on drawn phantoms: they show that the software works, and nothing about medicine.");
        }

        if (trainer.Profile is { } profile)
        {
            console.WriteLine(profile.ToString());
        }

        Report.Written(
            console,
            clock.Elapsed,
            [
                ("Weights, CNN", PathOf(CnnFolder)),
                ("Weights, ViT", PathOf(TransformerFolder)),
                ("Results", PathOf(ResultsJson)),
                ("Figure", PathOf(FigureFile)),
                ("Report", PathOf(ReportFile)),
            ]);
        foreach (var warning in ResultsFigure.Warnings(results))
        {
            console.WriteLine(warning);
        }
    }

    private string PathOf(string name) => Path.Combine(settings.Output, name);

    private CassTrainer CreateTrainer(WarningLog warnings)
    {
        var recipe = CassRecipe.Parse(settings.Recipe);
        var device = TrainingDevice.Parse(settings.Device);
        try
        {
            _ = device.Resolve();
        }
        catch (CassInputException error)
        {
            throw new CassInputException($"--device '{settings.Device}': {error.Message}", error);
        }

        RequireKnown(settings.Cnn, "--cnn");
        RequireKnown(settings.Transformer, "--vit");
        if (settings.Threads is { } threads)
        {
            TorchBackend.EnsureLoaded();
            torch.set_num_threads(threads);
        }

        var trainer = WithOption(CassTrainer.CreateBuilder()
            .UseCnn(settings.Cnn, settings.CnnWeights)
            .UseTransformer(settings.Transformer, settings.TransformerWeights)
            .UseRecipe(recipe)
            .WithImageSize(settings.ImageSize)
            .WithNormalization(ChannelStatistics.BrainTumorMri)
            .OnDevice(device)
            .WithSeed(settings.Seed)
            .CheckpointTo(PathOf(CheckpointsFolder), options => options.Resume = !settings.Restart)
            .RecordTo(settings.Output)
            .UseLogger(warnings)
            .SpellSettings(OptionNames.OfSettings)
            .Configure(options =>
            {
                options.Precision = settings.Precision;

                // The images are compared, and warned of, before anything is trained; of phantoms, each is another.
                options.DuplicateCheck.Compare = settings.Data is null ? DuplicateCheck.None : DuplicateCheck.Looks;
                options.DuplicateCheck.MaxDistance = settings.NearDistance;
                options.DuplicateCheck.Action = DuplicateAction.Report;
            })
            .ConfigurePretraining(options =>
            {
                options.Epochs = Math.Max(1, settings.PretrainEpochs);
                options.BatchSize = settings.BatchSize ?? options.BatchSize;
                options.Loading.Workers = settings.Workers;
            })
            .ConfigureFineTuning(options =>
            {
                options.Epochs = settings.FineTuneEpochs;
                options.BatchSize = settings.BatchSize ?? options.BatchSize;
                options.LabelFraction = settings.LabelFraction;
                options.Loss = settings.Loss ?? options.Loss;
                options.Loading.Workers = settings.Workers;
            })
            .Build);
        try
        {
            RequireKind(trainer.Cnn, BackboneKind.Convolutional, "--cnn");
            RequireKind(trainer.Transformer, BackboneKind.Transformer, "--vit");
            return trainer;
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
    }

    /// <summary>Makes the trainer; an error of a file of weights begins with the option that named it.</summary>
    private CassTrainer WithOption(Func<CassTrainer> build)
    {
        try
        {
            return build();
        }
        catch (Exception error) when (error is WeightMismatchException or WeightFileException)
        {
            var option = settings.CnnWeights is { } weights && error.Message.Contains(weights, StringComparison.Ordinal) ? "--cnn-weights" : "--vit-weights";
            throw new CassInputException($"{option}: {error.Message}", error);
        }
    }

    private static void RequireKnown(string network, string option)
    {
        try
        {
            _ = BackboneRegistry.Default.Configuration(network);
        }
        catch (UnknownBackboneException error)
        {
            throw new CassInputException($"{option} '{network}' is no network that CASS has{NearestNames.Suggest(network, error.Suggestions, otherwise: ".")} docs/models.md lists all.", error);
        }
    }

    private static void RequireKind(Backbone network, BackboneKind kind, string option)
    {
        if (network.Kind != kind)
        {
            throw new CassInputException($"{option} '{network.ModelName}' is {(kind == BackboneKind.Transformer ? "no transformer" : "no convolutional network")}; CASS pairs one of each.");
        }
    }

    /// <summary>Checks before any work what would otherwise end it in the middle; returns how many labels are seen.</summary>
    private int RequireUsable(CassTrainer trainer, ImageSets images, CancellationToken cancellationToken) => trainer.CheckPlan(
        new RunPlan
        {
            Unlabeled = settings.PretrainEpochs > 0 ? images.Train.Images : null,
            Train = images.Train,
            Validation = images.Validation,
            Test = images.Test,
        },
        cancellationToken).Labeled!.Count;

    private IEnumerable<(string Name, string Value)> Facts(CassTrainer trainer, ImageSets images, CheckedImages? duplicates, int labeled)
    {
        var options = trainer.Options;
        yield return ("Images", images.Description);
        if (duplicates is not null)
        {
            yield return ("Split", duplicates.Method);
            if (duplicates.LeftOut.Count > 0)
            {
                yield return ("Left out", $"duplicates: {string.Join(", ", duplicates.LeftOut.Select(part => $"{part.Value:N0} {part.Key}"))} images");
            }
        }

        yield return ("Networks", $"{Described(options.Cnn)} and {Described(options.Transformer)} at {trainer.ImageSize.Height}×{trainer.ImageSize.Width}");
        yield return ("Recipe", settings.Recipe);
        yield return ("Pretraining", settings.PretrainEpochs == 0
            ? "none"
            : $"both networks together, {settings.PretrainEpochs} epoch(s), batches of {options.Pretraining.BatchSize}, {images.Train.Count:N0} images without labels");
        yield return ("Fine-tuning", $"each network, {settings.FineTuneEpochs} epoch(s), batches of {options.FineTuning.BatchSize}, {labeled:N0} labelled images ({settings.LabelFraction:0.##%})");
        yield return ("Device", $"{TrainingDevice.Parse(settings.Device).Resolve()}, {torch.get_num_threads()} thread(s), {settings.Precision}, seed {settings.Seed}");
    }

    private void WriteReport(CassTrainer trainer, ImageSets images, CheckedImages? duplicates, PretrainingResults? pretraining, IReadOnlyList<NetworkReport> networks, ReportSection? maps)
    {
        new RunReport
        {
            Title = "CASS on brain MRI",
            Note = images.Description + (images.Synthetic ? ": drawn phantoms, which say nothing about medicine." : "."),
            Options = trainer.Options,
            Environment = trainer.Environment,
            Duplicates = duplicates?.Found,
            Pretraining = pretraining?.Epochs ?? [],
            Networks = networks,
            Sections = maps is null ? [] : [maps],
        }.Write(settings.Output);
    }

    private static string Described(NetworkOptions network) =>
        $"{network.Name} ({(network.Weights is null ? "random weights" : Path.GetFileName(network.Weights))})";

    private void SavePhantoms(string folder, IProgress<StepProgress> progress, CancellationToken cancellationToken)
    {
        var number = 0;
        foreach (var phantom in PhantomDataset.Images(settings.Phantoms))
        {
            cancellationToken.ThrowIfCancellationRequested();
            PhantomFolder.Write(folder, phantom, number++);
            progress.Report(new StepProgress("Save phantoms", (double)number / settings.Phantoms, $"{number:N0} of {settings.Phantoms:N0}"));
        }
    }

    /// <summary>
    /// Decodes every image once, so that a broken one is named now and not after hours of training, and looks for
    /// images that come up more than once.
    /// </summary>
    private CheckedImages CheckImages(CassTrainer trainer, ImageSets images, CancellationToken cancellationToken)
    {
        CheckedImages? check = null;
        var all = images.All.Count;
        display.Run(progress => check = CheckedImages.Run(
            images,
            settings,
            trainer.Fingerprints,
            new Counter(read => progress.Report(new StepProgress("Check images", (double)read / all, $"{read:N0} of {all:N0} decoded"))),
            cancellationToken));
        return check!;
    }

    private static PretrainingResults Pretrain(CassTrainer trainer, ImageSets images, IProgress<StepProgress> progress, CancellationToken cancellationToken)
    {
        var losses = new List<double>();
        var steps = 0;
        var isWhole = false;
        var pretrained = trainer.Pretrain(
            images.Train.Images,
            new Observer(report =>
            {
                isWhole |= steps++ == 0 && report is { Epoch: 1, Batch: 1 };
                if (report.Loss is { } loss && double.IsFinite(loss))
                {
                    losses.Add(loss);
                }

                progress.Report(StepProgress.Of("Pretrain both", report));
            }),
            cancellationToken);
        return new PretrainingResults(pretrained.History, isWhole ? losses : []);
    }

    private static FineTunedClassifiers FineTune(CassTrainer trainer, ImageSets images, IProgress<StepProgress> progress, CancellationToken cancellationToken) => trainer.FineTune(
        [trainer.Cnn, trainer.Transformer],
        images.Train,
        images.Validation,
        new Observer(report => progress.Report(StepProgress.Of(
            $"Fine-tune {(string.Equals(report.Network, trainer.Transformer.ModelName, StringComparison.Ordinal) ? TransformerRole : CnnRole)}",
            report))),
        cancellationToken);

    /// <summary>Scores a network for the report, image by image in order.</summary>
    private static NetworkReport Score(ImageClassifier classifier, string role, ImageSets images, IProgress<StepProgress> progress, CancellationToken cancellationToken) => NetworkReport.Of(
        classifier,
        images.Test,
        new Observer(step => progress.Report(StepProgress.Of(step.Phase == TrainingPhase.Intervals ? $"Intervals {role}" : $"Test {role}", step))),
        cancellationToken);

    /// <summary>The scores as the recipe asks for them, which are the report's unless it augments the images of a test.</summary>
    private static NetworkResults Test(ImageClassifier classifier, NetworkReport report, string role, ImageSets images, IProgress<StepProgress> progress, CancellationToken cancellationToken) => new(
        classifier.Network.ModelName,
        classifier.History,
        !classifier.EvaluationOptions.AugmentImages
            ? report.Evaluation
            : classifier.Evaluate(
                images.Test,
                progress: new Observer(step => progress.Report(StepProgress.Of($"Score {role}", step))),
                cancellationToken: cancellationToken));

    /// <summary>Passes reports on at once; <see cref="Progress{T}"/> would do so later and in any order.</summary>
    private sealed class Observer(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private sealed class Counter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
