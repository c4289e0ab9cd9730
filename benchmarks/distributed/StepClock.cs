using System.Diagnostics;

namespace Cass.Distributed.Benchmarks;

/// <summary>The seconds from each report of progress to the next, without the first steps.</summary>
internal sealed class StepClock : IProgress<TrainingProgress>
{
    private const int Unmeasured = 2;

    private long last;

    public List<double> Seconds { get; } = [];

    public void Report(TrainingProgress value)
    {
        var now = Stopwatch.GetTimestamp();
        if (value.Batch > Unmeasured)
        {
            Seconds.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
        }

        last = now;
    }

    public double Median => Seconds.Order().ElementAt(Seconds.Count / 2);
}
