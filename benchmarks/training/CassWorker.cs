using System.Diagnostics;
using Cass.Data;
using Cass.Models;
using Cass.Tensors;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Pretraining by <see cref="CassTrainer"/> with the published recipe.</summary>
internal static class CassWorker
{
    public static void Run(Workload workload, Work work)
    {
        if (workload.Threads > 0)
        {
            set_num_threads(workload.Threads);
        }

        switch (work)
        {
            case Work.Steps:
                Steps(workload);
                break;
            case Work.Optimizer:
                Optimizer(workload);
                break;
            default:
                Epochs(workload);
                break;
        }
    }

    private static void Steps(Workload workload)
    {
        using var trainer = Trainer(workload, epochs: 1);
        var source = new CommandedBatches(workload);
        var device = new Device(workload.Device);
        try
        {
            trainer.Pretrain(source, new EachBatch(_ =>
            {
                OptimizerWork.Synchronize(device);
                Commands.Answer(Stopwatch.GetElapsedTime(source.HandedOut).TotalMilliseconds);
            }));
        }
        catch (OperationCanceledException)
        {
            // The commands have ended.
        }
    }

    private static void Optimizer(Workload workload)
    {
        var device = new Device(workload.Device);
        Backbone[] networks = [.. new[] { workload.Cnn, workload.Transformer }.Select(name => Network(name, workload.Size, device))];
        FusedAdam[] optimizers = [.. networks.Select(n => new FusedAdam([new ParameterGroup([.. n.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter))])]))];
        foreach (var parameter in networks.SelectMany(n => n.parameters()))
        {
            parameter.grad = randn_like(parameter);
        }

        OptimizerWork.Run(device, () =>
        {
            foreach (var optimizer in optimizers)
            {
                optimizer.Step();
            }
        });

        // A network that nobody holds is collected, and its weights with it.
        GC.KeepAlive(networks);
    }

    private static Backbone Network(string name, int size, Device device)
    {
        var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
        network.to(device);
        network.ToChannelsLast();
        return network;
    }

    private static void Epochs(Workload workload)
    {
        var images = Images(workload);
        foreach (var (_, count) in Commands.Read())
        {
            using var trainer = Trainer(workload, count);
            var clock = Stopwatch.StartNew();
            trainer.Pretrain(images, new EachBatch(p =>
            {
                if (p.Batch == p.Batches)
                {
                    Commands.Answer(clock.Elapsed.TotalSeconds, (double)p.Batches * workload.Batch);
                    clock.Restart();
                }
            }));
            Commands.Done();
        }
    }

    /// <summary>The workload's number of images, of all classes; all of them again where there are fewer.</summary>
    public static IReadOnlyList<IImageSource> Images(Workload workload)
    {
        var images = ImageFolder.Read(workload.Folder!).Images.ToArray();
        new Random(77).Shuffle(images);
        return [.. Enumerable.Range(0, workload.Images).Select(i => images[i % images.Length])];
    }

    public static CassTrainer Trainer(Workload workload, int epochs) => CassTrainer.CreateBuilder()
        .UseCnn(workload.Cnn)
        .UseTransformer(workload.Transformer)
        .UseRecipe(CassRecipe.Published)
        .WithImageSize(workload.Size)
        .OnDevice(TrainingDevice.Parse(workload.Device))

        // The published objective collapses, and would say so at every end of an epoch; here its speed alone matters.
        .UseLogger(NullLogger.Instance)
        .Configure(o => (o.Precision, o.NetworksSideBySide) = (workload.Precision, !workload.Apart))
        .ConfigurePretraining(o => (o.Epochs, o.BatchSize, o.DropLast) = (epochs, workload.Batch, true))
        .Build();
}
