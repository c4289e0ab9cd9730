using System.Diagnostics;

namespace Cass.Methods.Benchmarks;

/// <summary>Takes the time from one report of progress to the next: a step with all that belongs to it.</summary>
internal sealed class StepClock : IProgress<TrainingProgress>
{
    private readonly List<long> reports = [];

    /// <summary>Milliseconds of each step but the first, which warms up.</summary>
    public IEnumerable<double> Steps => reports.Zip(reports.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds);

    public void Report(TrainingProgress value) => reports.Add(Stopwatch.GetTimestamp());
}
