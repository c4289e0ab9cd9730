using Cass.Training;

namespace Cass.Distributed.Benchmarks;

/// <summary>Steps of several processes with as many images each, and how much of them goes into adding up gradients.</summary>
internal static class Steps
{
    public static void Measure(IProcessGroup group, int images, int batches)
    {
        using var trainer = SmallTrainer.Create(group);
        var (clock, profile) = (new StepClock(), new TrainingProfile());
        trainer.Profile = profile;
        trainer.Pretrain(new FixedBatches(batches, images * group.Size, SmallTrainer.Side, views: 1), clock);
        if (group.Rank == 0)
        {
            Console.WriteLine($"{group.Size} processes, {group.Transport}: {clock.Median * 1e3:0.0} ms a step of {images} images each\n{profile}");
        }
    }
}
