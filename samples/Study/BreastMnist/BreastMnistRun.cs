using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cass;
using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using Study.Running;
using TorchSharp;

namespace Study.BreastMnist;

/// <summary>
/// MedMNIST's own experiment on BreastMNIST (Yang et al. 2023): ResNet-18 with a 3×3 stem at 28×28, Adam at 1e-3, a tenth of it from half of the epochs on and
/// a hundredth from three quarters on, batches of 128, cross-entropy, no augmentation; the epoch with the highest validation AUC.
/// With CASS before it, and for a transformer with patches of 4 pixels, as it was not published.
/// </summary>
internal sealed class BreastMnistRun(BreastMnistSettings settings, TextWriter console, IProgress<TrainingProgress> progress)
{
    private const int BatchSize = 128;
    private const double Rate = 1e-3;
    private const string ResultsFile = "results.jsonl";
    private static readonly ChannelStatistics Half = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    private string Results => Path.Combine(settings.Output, ResultsFile);

    public void Run(CancellationToken cancellationToken)
    {
        var (train, validation, test) = (Read("train"), Read("val"), Read("test"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{train.Count} training, {validation.Count} validation and {test.Count} test images"));
        foreach (var seed in settings.Seeds)
        {
            using var trainer = Trainer(seed);
            var pretrained = settings.PretrainingEpochs == 0;
            foreach (var network in settings.PretrainingEpochs == 0 ? [trainer.Cnn] : trainer.Networks)
            {
                if (Measured().Any(result => result.Seed == seed && result.PretrainingEpochs == settings.PretrainingEpochs && result.Epochs == settings.Epochs && string.Equals(result.Network, network.ModelName, StringComparison.Ordinal)))
                {
                    continue;
                }

                if (!pretrained)
                {
                    trainer.Pretrain(train.Images, progress, cancellationToken);
                    pretrained = true;
                }

                Add(Measure(trainer, network, seed, train, validation, test, cancellationToken));
            }
        }

        console.WriteLine(Table(Measured()));
    }

    /// <summary>Mean and standard deviation over the seeds, beside what was published.</summary>
    internal static string Table(IEnumerable<BreastMnistResult> results)
    {
        var table = new Tables.MarkdownTable("network", "CASS before", "epochs", "seeds", "AUC", "accuracy");
        table.Add("ResNet-18, published (MedMNIST v2)", "–", "100", "–", "0.901", "0.863");
        table.Add("ResNet-50, published (MedMNIST v2)", "–", "100", "–", "0.857", "0.812");
        foreach (var group in results.GroupBy(result => (result.Network, result.PretrainingEpochs, result.Epochs)).OrderBy(group => group.Key))
        {
            var (network, pretraining, epochs) = group.Key;
            table.Add(
                network,
                pretraining == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{pretraining} epochs"),
                epochs.ToString(CultureInfo.InvariantCulture),
                group.Count().ToString(CultureInfo.InvariantCulture),
                Mean([.. group.Select(result => result.Auc)]),
                Mean([.. group.Select(result => result.Accuracy)]));
        }

        return table.ToString();
    }

    private static string Mean(double[] values) => string.Create(
        CultureInfo.InvariantCulture,
        $"{values.Average():0.000} ± {(values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1))):0.000}");

    private ImageDataset Read(string part) => ImageFolder.Read(Path.Combine(settings.Data, part));

    private IReadOnlyList<BreastMnistResult> Measured() => File.Exists(Results)
        ? [.. File.ReadLines(Results).Select(line => StudyJson.Parse<BreastMnistResult>(line, Results))]
        : [];

    private void Add(BreastMnistResult result)
    {
        AtomicFile.WriteText(Results, string.Concat(Measured().Append(result).Select(line => JsonSerializer.Serialize(line, StudyJson.Options) + "\n")));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Network}, seed {result.Seed}: AUC {result.Auc:0.000}, accuracy {result.Accuracy:0.000} in {result.Seconds:0} s"));
    }

    private CassTrainer Trainer(long seed) => CassTrainer.CreateBuilder()
        .UseRegistry(BreastMnistNetworks.Registry)
        .UseCnn(BreastMnistNetworks.Cnn)
        .UseTransformer(BreastMnistNetworks.Transformer)
        .WithNormalization(Half)
        .WithSeed(seed)
        .ConfigurePretraining(options => options.Epochs = Math.Max(1, settings.PretrainingEpochs))
        .ConfigureFineTuning(options =>
        {
            options.Epochs = settings.Epochs;
            options.BatchSize = BatchSize;
            options.Loss = FineTuningLoss.CrossEntropy;
            options.ClassWeighting = ClassWeighting.None;
            options.Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, WeightDecay = 0 };
            options.LearningRate.Rate = Rate;
            options.BestEpoch = BestEpoch.Auroc;
        })
        .CheckpointTo(Path.Combine(settings.Output, string.Create(CultureInfo.InvariantCulture, $"checkpoints-{settings.PretrainingEpochs}-{seed}")))
        .Build();

    private BreastMnistResult Measure(CassTrainer trainer, Backbone network, long seed, ImageDataset train, ImageDataset validation, ImageDataset test, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var pipeline = new ImagePipeline([new Resize(BreastMnistNetworks.Size, BreastMnistNetworks.Size)], Half);
        using var batches = new ImageLoader(train, pipeline, new ImageLoaderOptions { BatchSize = BatchSize, Shuffle = true, Seed = seed });
        using var judged = new ImageLoader(validation, pipeline, new ImageLoaderOptions { BatchSize = BatchSize });
        trainer.FineTuner.CreateSchedule = static (rate, steps) => new MultiStep(rate, [steps / 2, steps * 3 / 4]);
        using var classifier = trainer.FineTuner.FineTune(network, train.Labels, train.ClassCounts, batches, judged, progress, cancellationToken);
        var report = classifier.Evaluate(test, cancellationToken: cancellationToken);
        using var auroc = new Auroc();
        using var scores = torch.tensor(classifier.Predict(test.Images).SelectMany(prediction => prediction.Probabilities.Select(p => (float)p.Probability)).ToArray()).reshape(-1, train.Labels.Count);
        using var truth = torch.tensor(Enumerable.Range(0, test.Count).Select(i => (long)test.LabelsOf(i)[0]).ToArray());
        auroc.Update(scores, truth);
        return new BreastMnistResult
        {
            Seed = seed,
            Network = network.ModelName,
            PretrainingEpochs = settings.PretrainingEpochs,
            Epochs = settings.Epochs,
            Auc = Math.Round(auroc.Compute(), 4),
            Accuracy = Math.Round(report.Accuracy!.Value, 4),
            Seconds = Math.Round(clock.Elapsed.TotalSeconds),
        };
    }
}
