using System.Diagnostics;
using Cass.Data;
using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>One pretraining, and the fine-tuning and test of each network after it; the fine-tuning is the same after every method.</summary>
internal static class Experiment
{
    public static Result Run(PretrainingMethod method, int seed, Settings settings, ImageDataset train, ImageDataset test)
    {
        var clock = Stopwatch.StartNew();
        using var pretraining = Trainer(settings, seed, method.Recipe ?? CassRecipe.Recommended, method.Configure);
        var (verdict, spread) = ("-", "-");
        if (method.Configure is not null)
        {
            var last = pretraining.Pretrain(train.Images, Progress()).History[^1];
            verdict = last.Verdict.ToString();
            spread = string.Join(" / ", last.EmbeddingStd.Values.Select(v => v.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture)));
        }

        var pretrainingTime = clock.Elapsed;
        using var fineTuning = Trainer(settings, seed, CassRecipe.Recommended, configure: null);
        return new Result(
            method.Name,
            seed,
            Score(fineTuning, pretraining.Cnn, train, test),
            Score(fineTuning, pretraining.Transformer, train, test),
            verdict,
            spread,
            method.Configure is null ? 0 : pretrainingTime.TotalSeconds,
            (clock.Elapsed - pretrainingTime).TotalSeconds);
    }

    private static CassTrainer Trainer(Settings settings, int seed, CassRecipe recipe, Action<PretrainingOptions>? configure) => CassTrainer.CreateBuilder()
        .UseCnn(settings.Cnn)
        .UseTransformer(settings.Transformer)
        .UseRecipe(recipe)
        .WithImageSize(settings.Size)
        .WithNormalization(ChannelStatistics.BrainTumorMri)
        .WithSeed(seed)
        .Configure(options => options.Precision = settings.Precision)
        .ConfigurePretraining(options =>
        {
            options.Epochs = settings.Epochs;
            configure?.Invoke(options);
        })
        .ConfigureFineTuning(options =>
        {
            options.Epochs = settings.FineTuneEpochs;
            options.LabelFraction = settings.LabelFraction;
        })
        .Build();

    private static double Score(CassTrainer trainer, Backbone network, ImageDataset train, ImageDataset test)
    {
        using var classifier = trainer.FineTune(network, train, progress: Progress());
        return classifier.Evaluate(test).F1;
    }

    private static Progress<TrainingProgress> Progress() => new(p =>
    {
        if (p.Batch == p.Batches)
        {
            Console.Error.WriteLine(FormattableString.Invariant($"{p.Phase} {p.Network}: epoch {p.Epoch}/{p.Epochs}, loss {p.MeanLoss:0.0000}, {p.ImagesPerSecond:0} images/s"));
        }
    });
}
