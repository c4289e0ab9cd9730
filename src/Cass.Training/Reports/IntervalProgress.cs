using System.Diagnostics;

namespace Cass.Training;

/// <summary>Passes on how far the intervals of a network's scores are.</summary>
internal sealed class IntervalProgress(string network, IProgress<TrainingProgress> progress) : IProgress<double>
{
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public void Report(double value) => progress.Report(new TrainingProgress
    {
        Phase = TrainingPhase.Intervals,
        Network = network,
        Epoch = 1,
        Epochs = 1,
        Batch = (int)Math.Round(100 * value),
        Batches = 100,
        ImagesPerSecond = 0,
        TimeLeft = clock.Elapsed * ((1 - value) / Math.Max(1e-9, value)),
    });
}
