using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>
/// Numbers that TorchSharp hands to native code can be freed by a garbage collection before they are read (see
/// <see cref="KeptScalar"/>). Training while other threads collect without pause must give the same weights, bit for bit.
/// With numbers that were made anew for each operation, the process of this test came to an end after two seconds.
/// </summary>
public sealed class GarbageCollectionStormTests
{
    [Fact]
    public void Training_computes_the_same_while_garbage_is_collected_all_the_time()
    {
        var calm = Train();
        Dictionary<string, double[]> stormy;
        using (new Storm())
        {
            stormy = Train();
        }

        Assert.Equal(calm.Count, stormy.Count);
        Assert.All(calm, pair => Assert.True(pair.Value.SequenceEqual(stormy[pair.Key]), pair.Key));
    }

    private static Dictionary<string, double[]> Train()
    {
        random.manual_seed(11);
        using var cnn = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 8 });
        using var transformer = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { NumClasses = 8, ImageHeight = 32, ImageWidth = 32 });
        using var method = new CassMethod(cnn, transformer, new CassMethodOptions { Safeguard = CollapseSafeguard.VicReg, Augmentation = PretrainingAugmentation.TwoViews, ProjectorWidth = 16 });
        var options = new PretrainingOptions { Epochs = 1 };
        options.Optimizer.GradientClipNorm = 1;
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" });
        pretrainer.Run(new TensorBatches(40, 2, _ => randn(2, 3, 32, 32), views: 2), cancellationToken: TestContext.Current.CancellationToken);
        return TinyTraining.Weights(cnn).Concat(TinyTraining.Weights(transformer).Select(p => KeyValuePair.Create("transformer." + p.Key, p.Value))).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Threads that allocate and collect until disposed.</summary>
    private sealed class Storm : IDisposable
    {
        private readonly CancellationTokenSource ended = new();
        private readonly Thread[] threads;

        public Storm()
        {
            threads = [.. Enumerable.Range(0, 3).Select(i => new Thread(() => Blow(collects: i > 0)) { IsBackground = true })];
            Array.ForEach(threads, t => t.Start());
        }

        public void Dispose()
        {
            ended.Cancel();
            Array.ForEach(threads, t => t.Join());
            ended.Dispose();
        }

        private void Blow(bool collects)
        {
            var garbage = new List<byte[]>();
            while (!ended.IsCancellationRequested)
            {
                if (collects)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
                else
                {
                    garbage.Add(new byte[100]);
                    if (garbage.Count > 10_000)
                    {
                        garbage.Clear();
                    }
                }
            }
        }
    }
}
