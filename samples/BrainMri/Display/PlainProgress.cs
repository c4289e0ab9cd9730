using System.Diagnostics;
using Spectre.Console;

namespace BrainMri.Display;

/// <summary>A line every few seconds, where the output is a file or a pipe.</summary>
internal sealed class PlainProgress(IAnsiConsole console) : IProgressDisplay, IProgress<StepProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Two networks may be fine-tuned at the same time.
    private readonly Dictionary<string, StepClock> clocks = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Run(Action<IProgress<StepProgress>> work) => work(this);

    /// <inheritdoc/>
    public void Report(StepProgress value)
    {
        if (!clocks.TryGetValue(value.Step, out var clock))
        {
            clocks.Add(value.Step, clock = new StepClock());
        }

        if (value.Share >= 1)
        {
            console.WriteLine($"{value.Step}: {value.Figures} (took {StepProgress.Clock(clock.SinceStart.Elapsed)})");
            clocks.Remove(value.Step);
        }
        else if (clock.SinceLine.Elapsed >= Interval)
        {
            console.WriteLine($"{value.Step}: {value.Figures}");
            clock.SinceLine.Restart();
        }
    }

    private sealed class StepClock
    {
        public Stopwatch SinceStart { get; } = Stopwatch.StartNew();

        public Stopwatch SinceLine { get; } = Stopwatch.StartNew();
    }
}
