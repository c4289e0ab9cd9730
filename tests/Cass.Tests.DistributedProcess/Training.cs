using System.Globalization;
using Cass.Data;
using Cass.Models;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Tests.DistributedProcess;

/// <summary>Trains tiny networks in float64, alone or with other processes, and writes down what came of it.</summary>
internal static class Training
{
    private static readonly LabelMap Labels = new(["dark", "grey", "bright"]);

    public static void Run(IProcessGroup group, string folder, TrainingSettings settings)
    {
        foreach (var what in settings.Text("what", "cass").Split('+'))
        {
            if (what == "collectives")
            {
                Collectives.Write(group, folder);
                continue;
            }

            using var trainer = Create(what, group, folder, settings);
            if (what == "evaluate")
            {
                Evaluations.Run(trainer, group, settings);
                continue;
            }

            var images = Images(settings.Number("images", 80, group.Rank), settings.Number("brightness", 0, group.Rank), group.Rank > 0 ? settings.Number("broken", -1) : -1, mislabelled: settings.Number("mislabelled", -1, group.Rank));
            var weights = what switch
            {
                "finetune" or "distill" => FineTune(trainer, images, what == "distill", settings, group),
                _ => Pretrain(trainer, images, settings, group),
            };
            SafetensorsFile.Write(Path.Combine(folder, $"{what}-{group.Rank}.safetensors"), weights, metadata: null);
            foreach (var (_, tensor) in weights)
            {
                tensor.Dispose();
            }
        }
    }

    private static CassTrainer Create(string what, IProcessGroup group, string folder, TrainingSettings settings)
    {
        var builder = CassTrainer.CreateBuilder()
            .UseRegistry(TinyNetworks.Registry)
            .UseCnn(TinyNetworks.Cnn)
            .UseTransformer(TinyNetworks.Transformer)
            .UseProcessGroup(group)
            .WithImageSize(32)
            .OnDevice(TrainingDevice.Cpu)
            .WithSeed(settings.Number("seed", 77, group.Rank))
            .Configure(options =>
            {
                options.Precision = NumericPrecision.Float64;
                options.GradientCheckpointing = settings.Flag("checkpointing");
                options.SynchronizedBatchNorm = settings.Number("sync", 1) != 0;
                options.Transformer.DynamicImageSize = true;
                options.Transformer.DropPathRate = settings.Number("dropPath", 0) / 100.0;
                (options.Cnn.NumClasses, options.Transformer.NumClasses) = (12, 12);
                options.Method.ProjectorWidth = 16;
                foreach (var loading in (LoadingOptions[])[options.Pretraining.Loading, options.FineTuning.Loading, options.Evaluation.Loading])
                {
                    loading.Workers = 1;
                }

                options.Pretraining.Epochs = settings.Number("epochs", 1);
                options.Pretraining.BatchSize = settings.Number("batch", 16, group.Rank);
                options.Pretraining.DropLast = settings.Number("dropLast", 1) != 0;
                options.Pretraining.Optimizer.AccumulateBatches = settings.Number("accumulate", 1);
                options.Pretraining.ClearGradients = settings.Number("clear", 1) != 0;
                options.FineTuning.Epochs = settings.Number("epochs", 1);
                options.FineTuning.BatchSize = settings.Number("batch", 16);
                options.FineTuning.DropLast = settings.Number("dropLast", 1) != 0;
                options.FineTuning.LearningRate.Rate = 1e-3;
                if (settings.Text("checkpoints", string.Empty) is { Length: > 0 } checkpoints)
                {
                    options.Checkpoints.Folder = checkpoints;
                    options.Checkpoints.EveryMinutes = 1e-9;
                }
            });
        return Method(what, builder, settings.Number("wide", 8)).Build();
    }

    private static CassTrainerBuilder Method(string what, CassTrainerBuilder builder, int width) => what switch
    {
        "published" => builder.ConfigureMethod(options => (options.Safeguard, options.Augmentation) = (CollapseSafeguard.None, PretrainingAugmentation.Published)),
        "cass-vicreg" => builder.ConfigureMethod(options => options.Safeguard = CollapseSafeguard.VicReg),
        "cass-barlow" => builder.ConfigureMethod(options => options.Safeguard = CollapseSafeguard.BarlowTwins),
        "cass-simsiam" => builder.ConfigureMethod(options => options.Safeguard = CollapseSafeguard.SimSiam),
        "cass-byol" => builder.ConfigureMethod(options => options.Safeguard = CollapseSafeguard.Byol),
        "byol" => builder.UseMethod(trainer => new ByolMethod(trainer.Cnn, new ByolMethodOptions { HiddenWidth = 2 * width, ProjectionWidth = width })),
        "dino" => builder.UseMethod(trainer => new DinoMethod(trainer.Transformer, new DinoMethodOptions { LocalCrops = 2, HiddenWidth = 16, BottleneckWidth = 8, OutputDimensions = 32, FreezeLastLayerEpochs = 0 })),
        "dino-cnn" => builder.UseMethod(trainer => new DinoMethod(trainer.Cnn, new DinoMethodOptions { LocalCrops = 1, HiddenWidth = 16, BottleneckWidth = 8, OutputDimensions = 32, FreezeLastLayerEpochs = 0 })),
        "vicreg" => builder.UseMethod(trainer => new VicRegMethod(trainer.Cnn, new VicRegMethodOptions { HiddenWidth = 16, EmbeddingWidth = 16 })),
        "barlow" => builder.UseMethod(trainer => new BarlowTwinsMethod(trainer.Cnn, new BarlowTwinsMethodOptions { HiddenWidth = 16, EmbeddingWidth = 16 })),
        "simclr" => builder.UseMethod(trainer => new SimClrMethod(trainer.Cnn, new SimClrMethodOptions { HiddenWidth = 16, ProjectionWidth = 8 })),
        "simsiam" => builder.UseMethod(trainer => new SimSiamMethod(trainer.Cnn, new SimSiamMethodOptions { ProjectionWidth = 16, PredictorWidth = 8 })),
        "moco" => builder.UseMethod(trainer => new MocoV3Method(trainer.Cnn, new MocoV3MethodOptions { HiddenWidth = 16, ProjectionWidth = 8 })),
        "emp" => builder.UseMethod(trainer => new EmpSslMethod(trainer.Cnn, new EmpSslMethodOptions { Crops = 3, HiddenWidth = 16, ProjectionWidth = 8 })),
        "locality" => builder.UseMethod(trainer => new LocalityGuidanceMethod(trainer.Transformer, trainer.Cnn)),
        _ => builder,
    };

    internal static ImageDataset Images(int count, int brightness = 0, int broken = -1, string name = "noise", int mislabelled = -1) =>
        ImageDataset.FromImages(Enumerable.Range(0, count).Select(i => ((IImageSource)new NoisyImage((i + brightness) % 3, i, name, i == broken), Labels[(i == mislabelled ? i + 1 : i) % 3])), Labels);

    private static Dictionary<string, Tensor> Pretrain(CassTrainer trainer, ImageDataset images, TrainingSettings settings, IProcessGroup group)
    {
        var progress = new Progress(settings, group);
        using var stop = new CancellationTokenSource();
        if (settings.Number("cancel", 0, group.Rank) != 0)
        {
            stop.Cancel();
        }

        var result = trainer.Pretrain(images.Images, progress, stop.Token);
        var weights = Weights(trainer.Networks);
        var last = result.History[^1];
        double?[] figures = [last.Loss, last.JudgedLoss, .. last.EmbeddingStd.Values, .. last.Figures.Values, .. last.GradientNorms.Values];
        weights["history"] = tensor(figures.Select(figure => figure ?? 0).ToArray());
        weights["steps"] = tensor(new[] { (double)progress.Batches });
        return weights;
    }

    private static Dictionary<string, Tensor> FineTune(CassTrainer trainer, ImageDataset images, bool distills, TrainingSettings settings, IProcessGroup group)
    {
        var validation = Images(
            settings.Number("validation", 13, group.Rank),
            settings.Number("validation-brightness", 0, group.Rank),
            name: settings.Text("validation-name", "validation", group.Rank),
            mislabelled: settings.Number("validation-mislabelled", -1, group.Rank));
        using var teacher = trainer.FineTune(trainer.Cnn, images, validation);
        using var student = distills ? trainer.Distill(trainer.Transformer, teacher, images, validation) : null;
        var classifier = student ?? teacher;
        var weights = Weights([classifier.Network]);
        var report = classifier.Evaluate(validation);
        var row = classifier.History[^1];
        weights["history"] = tensor(new[] { row.Loss, row.F1, row.Recall, row.ValidationLoss!.Value, row.ValidationF1!.Value, report.F1, report.Loss!.Value, report.Accuracy!.Value, report.Images });
        return weights;
    }

    private static Dictionary<string, Tensor> Weights(IReadOnlyList<Backbone> networks)
    {
        using var guard = no_grad();
        return networks.SelectMany(network => network.state_dict().Select(entry => (Name: $"{network.ModelName}.{entry.Key}", entry.Value)))
            .ToDictionary(entry => entry.Name, entry => entry.Value.detach().clone(), StringComparer.Ordinal);
    }

    /// <summary>Counts reports, tells of them on standard output, and fails in one process where it is told to.</summary>
    private sealed class Progress(TrainingSettings settings, IProcessGroup group) : IProgress<TrainingProgress>
    {
        public int Batches { get; private set; }

        public void Report(TrainingProgress value)
        {
            Batches++;
            if (settings.Flag("talk"))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process {group.Rank}: epoch {value.Epoch}, batch {value.Batch}"));
            }
        }
    }
}
