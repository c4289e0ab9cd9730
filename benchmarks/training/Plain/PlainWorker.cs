using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training.Benchmarks.Plain;

/// <summary>The published loop, line by line in TorchSharp, with its own layers and optimisers.</summary>
internal static class PlainWorker
{
    /// <summary>What of a workload it cannot do; null where it can do all.</summary>
    public static string? Lacks(Workload workload) =>
        workload.Precision != NumericPrecision.Float32 ? "TorchSharp has no autocast, so it trains in Float32"
        : !PlainResNet.Names.Contains(workload.Cnn, StringComparer.Ordinal) ? $"it has {string.Join(", ", PlainResNet.Names)}, not {workload.Cnn}"
        : !PlainVisionTransformer.Names.Contains(workload.Transformer, StringComparer.Ordinal) ? $"it has {string.Join(", ", PlainVisionTransformer.Names)}, not {workload.Transformer}"
        : null;

    public static void Run(Workload workload, Work work)
    {
        if (workload.Threads > 0)
        {
            set_num_threads(workload.Threads);
        }

        if (Lacks(workload) is { } lack)
        {
            throw new CassInputException($"The plain contender cannot train this: {lack}.");
        }

        var device = new Device(workload.Device);
        random.manual_seed(77);
        using var cnn = PlainResNet.Create(workload.Cnn);
        using var transformer = PlainVisionTransformer.Create(workload.Transformer, workload.Size);
        cnn.to(device);
        transformer.to(device);
        using var ofCnn = optim.Adam(cnn.parameters(), 1e-3);
        using var ofTransformer = optim.Adam(transformer.parameters(), 1e-3);
        if (work == Work.Optimizer)
        {
            foreach (var parameter in cnn.parameters().Concat(transformer.parameters()))
            {
                parameter.grad = randn_like(parameter);
            }

            OptimizerWork.Run(device, () =>
            {
                ofCnn.step();
                ofTransformer.step();
            });
            return;
        }

        var scheduleOfCnn = optim.lr_scheduler.CosineAnnealingLR(ofCnn, 16, 1e-6);
        var scheduleOfTransformer = optim.lr_scheduler.CosineAnnealingLR(ofTransformer, 16, 1e-6);
        using var images = randn([workload.Batch, 3, workload.Size, workload.Size]);
        foreach (var (_, count) in Commands.Read())
        {
            for (var i = 0; i < count; i++)
            {
                var clock = Stopwatch.StartNew();
                using var scope = NewDisposeScope();
                var input = images.to(device);
                ofCnn.zero_grad();
                ofTransformer.zero_grad();
                var x = functional.normalize(cnn.call(input), dim: -1);
                var y = functional.normalize(transformer.call(input), dim: -1);
                var loss = (2 - (2 * (x * y).sum(dim: -1))).mean();
                loss.backward();
                ofCnn.step();
                ofTransformer.step();
                scheduleOfCnn.step();
                scheduleOfTransformer.step();
                loss.item<float>();
                OptimizerWork.Synchronize(device);
                Commands.Answer(clock.Elapsed.TotalMilliseconds);
            }

            Commands.Done();
        }
    }
}
