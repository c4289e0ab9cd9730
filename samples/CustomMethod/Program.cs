// Pretrains a small network by a method of this program's own, saving after every step, and prints a hash of what was learnt.
// A run that is killed goes on where it was, and ends with the same hash.
// usage: CustomMethod CHECKPOINT_FOLDER
using System.Security.Cryptography;
using Cass;
using Cass.Models;
using Cass.Training;
using CustomMethod;
using TorchSharp;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: CustomMethod CHECKPOINT_FOLDER");
    return 2;
}

TorchBackend.EnsureLoaded();
torch.random.manual_seed(77);
var registry = new BackboneRegistry().Register(
    "small_resnet",
    new BackboneConfiguration(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", "conv1", ["fc"]),
    (configuration, options) => new ResNet("small_resnet", new([1, 1, 1, 1], Bottleneck: false) { Channels = [8, 16, 32, 64] }, configuration, options));
using var backbone = registry.Create("small_resnet");
using var method = new LocalToGlobalMethod(backbone, new LocalToGlobalOptions());
using var pretrainer = new Pretrainer(
    method,
    new PretrainingOptions { Epochs = 6, BatchSize = 8 },
    new RunOptions { Device = "cpu", Checkpoints = { Folder = folder, EveryMinutes = 1e-9 } });

var images = Enumerable.Range(0, 48).Select(i => new NoisyImage(i)).ToArray();
var result = pretrainer.Run(images);
using var scope = torch.NewDisposeScope();
byte[] learnt =
[
    .. method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)).SelectMany(module => module.state_dict().Values).Concat(method.State.Select(e => e.Value)).SelectMany(t => t.contiguous().bytes.ToArray()),
    .. result.History.SelectMany(row => BitConverter.GetBytes(row.Loss)),
];
Console.WriteLine(Convert.ToHexString(SHA256.HashData(learnt)));
return 0;
