using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Where the time of pretraining steps goes, beside what the machine could do at best.</summary>
internal static class StepProfile
{
    public static void Print(Workload workload, int steps)
    {
        set_num_threads(workload.Threads);
        var (cnn, cnnParameters) = Operations.Of(workload.Cnn, workload.Size);
        var (transformer, transformerParameters) = Operations.Of(workload.Transformer, workload.Size);
        var device = new Device(workload.Device);
        var (operations, bytes) = (Ceilings.Operations(device, workload.Precision), Ceilings.Bytes(device));

        var (cnnStep, transformerStep) = (cnn * workload.Batch, transformer * workload.Batch);

        // Adam reads a weight, its gradient and two moments, and writes all but the gradient, in 4 bytes each.
        var optimizerBytes = 28.0 * (cnnParameters + transformerParameters);
        var floor = ((cnnStep + transformerStep) / operations) + (optimizerBytes / bytes);
        using var trainer = CassWorker.Trainer(workload, epochs: 1);
        trainer.Pretrain(new RepeatedBatch(workload, 5));
        Console.WriteLine(workload);
        PrintRate(trainer, workload, steps);
        trainer.Profile = new TrainingProfile();
        trainer.Pretrain(new RepeatedBatch(workload, steps));
        var measured = trainer.Profile.Sections.Sum(s => s.Time.TotalSeconds) / steps;
        Console.WriteLine();
        Console.WriteLine(trainer.Profile);
        Console.WriteLine(FormattableString.Invariant($"""
            Best of this machine: {operations / 1e9:0} billion operations a second (matrix product in {workload.Precision}), {bytes / 1e9:0.0} GB a second (addition in place).
            A step: {cnnStep / 1e9:0.0} + {transformerStep / 1e9:0.0} billion operations in layers of the CNN and the transformer; the optimisers move {optimizerBytes / 1e9:0.00} GB.
            At the machine's best: {1000 * floor:0} ms, {1000 * optimizerBytes / bytes:0.0} of them for the optimisers; measured: {1000 * measured:0} ms; {100 * floor / measured:0} % of the best.
            """));
    }

    private static void PrintRate(CassTrainer trainer, Workload workload, int steps)
    {
        var device = new Device(workload.Device);
        using var activity = GpuActivity.Watch(device);
        var clock = Stopwatch.StartNew();
        trainer.Pretrain(new RepeatedBatch(workload, steps));
        OptimizerWork.Synchronize(device);
        Console.WriteLine(FormattableString.Invariant($"Without a profile: {steps * workload.Batch / clock.Elapsed.TotalSeconds:0.0} images a second."));
        if (activity?.Mean is { } share)
        {
            Console.WriteLine(FormattableString.Invariant($"The GPU was idle {100 * (1 - share):0} % of that time."));
        }
    }

    /// <summary>The same batch, some times.</summary>
    private sealed class RepeatedBatch(Workload workload, int times) : IBatchSource
    {
        public int Count => times * workload.Batch;

        public int BatchesPerEpoch => times;

        public string NameOf(int index) => $"image {index}";

        public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
        {
            using var images = randn([workload.Batch, 3, workload.Size, workload.Size]).DetachFromDisposeScope();
            for (var i = startBatch; i < times; i++)
            {
                yield return new ImageBatch([images.alias().DetachFromDisposeScope()], targets: null, [.. Enumerable.Range(0, workload.Batch)]);
            }
        }
    }
}
