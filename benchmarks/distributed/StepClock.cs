using System.Diagnostics;

namespace Cass.Distributed.Benchmarks;

/// <summary>The seconds from each report of progress to the next, without the first steps.</summary>
internal sealed class StepClock : IProgress<TrainingProgress>
{
    private const int Unmeasured = 2;

    private long last;
    private TimeSpan lastProcessor;

    public List<double> Seconds { get; } = [];

    public void Report(TrainingProgress value)
    {
        var now = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        if (value.Batch > Unmeasured)
        {
            Seconds.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            ProcessorSeconds.Add((processor - lastProcessor).TotalSeconds);
        }

        (last, lastProcessor) = (now, processor);
    }

    /// <summary>The time of processors in each step, which other programs disturb less.</summary>
    public List<double> ProcessorSeconds { get; } = [];

    public double Median => Seconds.Order().ElementAt(Seconds.Count / 2);

    public double ProcessorMedian => ProcessorSeconds.Order().ElementAt(ProcessorSeconds.Count / 2);
}
