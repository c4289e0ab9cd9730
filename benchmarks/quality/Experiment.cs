using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cass.Data;
using Cass.Training;
using TorchSharp;

namespace Cass.Quality.Benchmarks;

/// <summary>One pretraining of both networks, and the fine-tunings after it, which are the same after every method.</summary>
internal sealed class Experiment(Settings settings, ImageParts parts, PretrainingMethod method, long seed)
{
    private static readonly string[] NotOfFineTuning = ["score", "test_time_augmentation"];
    private static readonly string[] NotOfPretraining = [.. NotOfFineTuning, "network", "label_fraction", "rate", "fine_tuning_epochs", "fine_tuning_batch_size", "regularization", "ema_decay"];

    private readonly int threads = torch.get_num_threads();
    private readonly string weights = StartingWeights.Describe(settings.CnnWeights);

    /// <summary>The cells that share the pretraining.</summary>
    public IEnumerable<Cell> Cells() =>
        from fraction in settings.LabelFractions
        from network in settings.Networks
        from rate in settings.Rates
        select new Cell
        {
            Images = parts.Fingerprint,
            Score = settings.Score,
            TrainedOn = settings.TrainedOn,
            Method = method,
            PretrainingEpochs = method.Configure is null ? 0 : settings.Epochs,
            Seed = seed,
            Network = network,
            Cnn = settings.Cnn,
            CnnWeights = weights,
            Vit = settings.Vit,
            LabelFraction = fraction,
            Rate = rate,
            FineTuningEpochs = settings.FineTuningEpochs,
            FineTuningBatchSize = settings.FineTuningBatchSize,
            Size = settings.Size,
            Normalization = settings.Normalization,
            Regularization = settings.Regularization,
            EmaDecay = settings.EmaDecay,
            TestTimeAugmentation = settings.TestTimeAugmentation,
            Precision = settings.Precision.ToString().ToLowerInvariant(),
            Device = TrainingDevice.Parse("auto").Resolve().ToString(),
            Threads = threads,
        };

    /// <summary>Measures the cells that the results lack.</summary>
    public void Run(ResultsFile results)
    {
        List<Cell> missing = [.. Cells().Where(cell => !results.Has(cell))];
        if (missing.Count == 0)
        {
            return;
        }

        using var pretraining = CreateTrainer(method.Recipe ?? CassRecipe.Recommended, options => Pretraining(options, missing[0]));
        var history = Pretrain(pretraining);
        foreach (var cell in missing)
        {
            var clock = Stopwatch.StartNew();
            var classifiers = new List<ImageClassifier>();
            try
            {
                FineTune(cell, pretraining, classifiers);
                var scored = parts.Scored(cell.Score);
                results.Add(cell, new Measurement
                {
                    Report = classifiers is [var only] ? only.Evaluate(scored) : new ClassifierEnsemble(classifiers).Evaluate(scored),
                    Pretraining = history is [.., var last] ? last : null,
                    PretrainingTime = TimeSpan.FromSeconds(history.Sum(epoch => epoch.Duration.TotalSeconds)),
                    FineTuningTime = clock.Elapsed,
                });
            }
            finally
            {
                classifiers.ForEach(classifier => classifier.Dispose());
            }
        }
    }

    /// <summary>Pretrains for a cell, and adds its fine-tuned networks to others, whether the results have it or not.</summary>
    public void Train(Cell cell, List<ImageClassifier> classifiers)
    {
        using var pretraining = CreateTrainer(method.Recipe ?? CassRecipe.Recommended, options => Pretraining(options, cell));
        Pretrain(pretraining);
        FineTune(cell, pretraining, classifiers);
    }

    private IReadOnlyList<PretrainingEpoch> Pretrain(CassTrainer pretraining) =>
        method.Configure is null ? [] : pretraining.Pretrain(parts.Trained(settings.TrainedOn).Images, Progress()).History;

    private void FineTune(Cell cell, CassTrainer pretraining, List<ImageClassifier> classifiers)
    {
        foreach (var network in cell.Network == FineTunedNetwork.Both ? [FineTunedNetwork.Cnn, FineTunedNetwork.Vit] : (FineTunedNetwork[])[cell.Network])
        {
            classifiers.Add(FineTune(cell with { Network = network }, network == FineTunedNetwork.Cnn ? pretraining.Cnn : pretraining.Transformer));
            classifiers[^1].TestTimeAugmentation = cell.TestTimeAugmentation;
        }
    }

    private ImageClassifier FineTune(Cell cell, Backbone network)
    {
        using var fineTuning = CreateTrainer(CassRecipe.Recommended, options =>
        {
            options.FineTuning.Epochs = cell.FineTuningEpochs;
            options.FineTuning.BatchSize = cell.FineTuningBatchSize;
            options.FineTuning.LabelFraction = cell.LabelFraction;
            options.FineTuning.LearningRate.Rate = cell.Rate;

            // As when the first rows were measured, so that all can be compared.
            options.FineTuning.DropLast = true;
            Regularize(options, cell.Regularization);
            options.FineTuning.EmaDecay = cell.EmaDecay;
            options.Checkpoints.Folder = FolderOf(cell, NotOfFineTuning);
        });
        return fineTuning.FineTune(network, parts.Trained(settings.TrainedOn), progress: Progress());
    }

    private CassTrainer CreateTrainer(CassRecipe recipe, Action<CassOptions> configure) => CassTrainer.CreateBuilder()
        .UseCnn(settings.Cnn, settings.CnnWeights)
        .UseTransformer(settings.Vit)
        .UseRecipe(recipe)
        .WithImageSize(settings.Size)
        .WithNormalization(settings.Normalization == InputNormalization.ImageNet ? ChannelStatistics.ImageNet : ChannelStatistics.BrainTumorMri)
        .WithSeed(seed)
        .Configure(options =>
        {
            options.Precision = settings.Precision;
            options.Pretraining.Loading.Workers = options.FineTuning.Loading.Workers = options.Evaluation.Loading.Workers = threads;

            // The parts have no image in common, which was made sure of when they were divided.
            options.DuplicateCheck.Compare = DuplicateCheck.None;
        })
        .Configure(configure)
        .Build();

    private void Pretraining(CassOptions options, Cell cell)
    {
        options.Pretraining.Epochs = settings.Epochs;
        method.Configure?.Invoke(options);
        if (method.Configure is not null)
        {
            options.Checkpoints.Folder = FolderOf(cell, NotOfPretraining);
        }
    }

    /// <summary>Where a training is saved, by all settings that it depends on; null for nowhere.</summary>
    private string? FolderOf(Cell cell, string[] others)
    {
        if (settings.Checkpoints is null)
        {
            return null;
        }

        var own = Cell.Columns.Zip(cell.Values).Where(column => !others.Contains(column.First, StringComparer.Ordinal));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', own)));
        return Path.Combine(settings.Checkpoints, $"{method.Name}-seed{seed}-{Convert.ToHexStringLower(hash)[..8]}");
    }

    private static void Regularize(CassOptions options, Regularization regularization)
    {
        if (regularization is Regularization.DeiT)
        {
            options.FineTuning.LabelSmoothing = 0.1;
            (options.FineTuning.Mixup.MixupAlpha, options.FineTuning.Mixup.CutMixAlpha) = (0.8, 1);
        }
    }

    private static Progress<TrainingProgress> Progress() => new(p =>
    {
        if (p.Batch == p.Batches)
        {
            Console.Error.WriteLine(FormattableString.Invariant($"{p.Phase} {p.Network}: epoch {p.Epoch}/{p.Epochs}, loss {p.MeanLoss:0.0000}, {p.ImagesPerSecond:0} images/s"));
        }
    });
}
