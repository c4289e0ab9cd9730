using System.Diagnostics;

namespace Cass.Training;

/// <summary>Counts batches and images, and estimates what is left of a phase.</summary>
internal sealed class ProgressMeter(
    TrainingPhase phase,
    string network,
    int epochs,
    int batches,
    IProgress<TrainingProgress>? progress,
    TrainingProfile? profile = null)
{
    private readonly Stopwatch run = Stopwatch.StartNew();
    private readonly Stopwatch epochClock = new();
    private readonly Stopwatch waiting = new();
    private long stepsDone;
    private int epoch;
    private int batch;
    private long images;

    public double LossSum { get; private set; }

    public double ImagesPerSecond => images / Math.Max(1e-9, epochClock.Elapsed.TotalSeconds);

    public double MeanLoss => batch == 0 ? double.NaN : LossSum / batch;

    public TimeSpan EpochTime => epochClock.Elapsed;

    /// <summary>Share of the epoch's time that was spent waiting for batches.</summary>
    public double DataWait => waiting.Elapsed / TimeSpan.FromTicks(Math.Max(1, epochClock.Elapsed.Ticks));

    /// <summary>The same batches; the time until each comes counts as waiting.</summary>
    public IEnumerable<ImageBatch> Reading(IEnumerable<ImageBatch> batches)
    {
        using var reader = batches.GetEnumerator();
        while (true)
        {
            if (!Next(reader))
            {
                yield break;
            }

            yield return reader.Current;
        }
    }

    private bool Next(IEnumerator<ImageBatch> reader)
    {
        using var measurement = profile?.Measure(TrainingProfile.Wait);
        waiting.Start();
        var more = reader.MoveNext();
        waiting.Stop();
        return more;
    }

    /// <summary>Begins an epoch, in the middle where a run is resumed there.</summary>
    public void BeginEpoch(int number, int batchesDone = 0, double lossSum = 0)
    {
        epoch = number;
        batch = batchesDone;
        images = 0;
        LossSum = lossSum;
        epochClock.Restart();
        waiting.Reset();
    }

    /// <summary>Counts a batch, and tells of it.</summary>
    /// <param name="count">Its images.</param>
    /// <param name="loss">Its loss; null where none is computed.</param>
    /// <param name="figures">Its other figures.</param>
    public void Batch(int count, double? loss, IReadOnlyDictionary<string, double> figures)
    {
        batch++;
        stepsDone++;
        images += count;
        LossSum += loss ?? 0;
        if (progress is null)
        {
            return;
        }

        var stepsLeft = ((long)(epochs - epoch) * batches) + batches - batch;
        progress.Report(new TrainingProgress
        {
            Phase = phase,
            Network = network,
            Epoch = epoch,
            Epochs = epochs,
            Batch = batch,
            Batches = batches,
            Loss = loss,
            MeanLoss = loss is null ? null : MeanLoss,
            ImagesPerSecond = ImagesPerSecond,
            TimeLeft = run.Elapsed / stepsDone * stepsLeft,
            Figures = figures,
        });
    }
}
