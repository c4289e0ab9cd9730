using Cass.Data;

namespace Cass.Training.Benchmarks;

/// <summary>Where the time of the first and of the second pretraining epoch over real images goes.</summary>
internal static class EpochProfile
{
    public static void Print(Workload workload)
    {
        TorchSharp.torch.set_num_threads(workload.Threads);
        using var trainer = CassWorker.Trainer(workload, epochs: 2);
        trainer.Profile = new TrainingProfile();
        Console.WriteLine($"{workload}, {workload.Images} images");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        trainer.Pretrain(CassWorker.Images(workload), new EachBatch(p =>
        {
            if (p.Batch == p.Batches)
            {
                Console.WriteLine(FormattableString.Invariant($"\nepoch {p.Epoch}: {clock.Elapsed.TotalSeconds:0.00} s, {p.Batches} steps; the loader's threads work beside the training thread\n"));
                Console.WriteLine(trainer.Profile);
                trainer.Profile.Reset();
                clock.Restart();
            }
        }));
    }
}
