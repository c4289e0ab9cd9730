using System.Security.Cryptography;
using Cass;
using Cass.Data;
using Cass.Models;
using Cass.Tests.TrainingProcess;
using Cass.Training;
using static TorchSharp.torch;

// Pretrains two tiny networks and fine-tunes both, saving after every step, and prints a hash of everything that it learnt.
// usage: FOLDER [EVERY_MINUTES], or threads [ACTION…], or score MODEL.zip IMAGE…, or blocks, or hidden-caches [told]
if (args is ["threads", .. var before])
{
    ThreadReport.Print(before);
    return;
}

if (args is ["score", var model, .. var paths])
{
    SavedModel.Print(model, paths);
    return;
}

if (args is ["blocks"])
{
    LargeBlocks.Print();
    return;
}

if (args is ["hidden-caches", .. var told])
{
    HiddenCaches.Print(told is ["told"]);
    return;
}

var labels = new LabelMap(["dark", "grey", "bright"]);
BackboneConfiguration Configuration(string first, string classifier) => new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", first, [classifier]);
TorchBackend.EnsureLoaded();
var registry = new BackboneRegistry()
    .Register(
        "tiny_convnext",
        Configuration("stem.0", "head.fc"),
        (configuration, options) => new ConvNeXt("tiny_convnext", new([1, 1, 1, 1], [4, 4, 8, 8]), configuration, options))
    .Register(
        "tiny_vit",
        Configuration("patch_embed.proj", "head"),
        (configuration, options) => new VisionTransformer("tiny_vit", new(PatchSize: 8, Width: 8, Depth: 2, Heads: 2), configuration, options));
var images = ImageDataset.FromImages(Enumerable.Range(0, 32).Select(i => ((IImageSource)new NoisyImage(i % 3, i), labels[i % 3])), labels);
using var trainer = CassTrainer.CreateBuilder()
    .UseRegistry(registry)
    .UseCnn("tiny_convnext")
    .UseTransformer("tiny_vit")
    .WithImageSize(32)
    .OnDevice(TrainingDevice.Cpu)
    .CheckpointTo(args[0], o => o.EveryMinutes = args.Length > 1 ? double.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1e-9)
    .ConfigureMethod(o => o.ProjectorWidth = 8)
    .ConfigurePretraining(o => (o.Epochs, o.BatchSize, o.Optimizer.AccumulateBatches) = (6, 4, 2))
    .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (4, 4))
    .Build();
trainer.Pretrain(images.Images);
var learnt = new List<byte>();
foreach (var network in (Backbone[])[trainer.Cnn, trainer.Transformer])
{
    using var classifier = trainer.FineTune(network, images, images);
    using var scope = NewDisposeScope();
    foreach (var module in (Backbone[])[network, classifier.Network])
    {
        learnt.AddRange(module.state_dict().Values.SelectMany(t => t.detach().contiguous().bytes.ToArray()));
    }

    learnt.AddRange(classifier.History.SelectMany(row => BitConverter.GetBytes(row.Loss)));
}

Console.WriteLine(Convert.ToHexString(SHA256.HashData(learnt.ToArray())));
