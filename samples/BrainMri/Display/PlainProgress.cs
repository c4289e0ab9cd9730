using System.Diagnostics;
using Spectre.Console;

namespace BrainMri.Display;

/// <summary>A line every few seconds, where the output is a file or a pipe.</summary>
internal sealed class PlainProgress(IAnsiConsole console) : IProgressDisplay, IProgress<StepProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Stopwatch sinceLine = new();
    private readonly Stopwatch sinceStart = new();
    private string? step;

    /// <inheritdoc/>
    public void Run(Action<IProgress<StepProgress>> work) => work(this);

    /// <inheritdoc/>
    public void Report(StepProgress value)
    {
        if (!string.Equals(value.Step, step, StringComparison.Ordinal))
        {
            step = value.Step;
            sinceStart.Restart();
            sinceLine.Restart();
        }

        if (value.Share >= 1)
        {
            Line($"{value.Step}: {value.Figures} (took {StepProgress.Clock(sinceStart.Elapsed)})");
        }
        else if (sinceLine.Elapsed >= Interval)
        {
            Line($"{value.Step}: {value.Figures}");
        }
    }

    private void Line(string text)
    {
        console.WriteLine(text);
        sinceLine.Restart();
    }
}
