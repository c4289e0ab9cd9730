using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace BrainMri.Display;

/// <summary>A bar for each step, redrawn in place.</summary>
internal sealed class LiveProgress(IAnsiConsole console) : IProgressDisplay
{
    private const int StepWidth = 14;
    private const int FiguresWidth = 64;

    // Read by the thread that redraws, written by the one that works.
    private readonly ConcurrentDictionary<int, string> figures = new();

    /// <inheritdoc/>
    public void Run(Action<IProgress<StepProgress>> work) => console.Progress()
        .AutoClear(false)
        .HideCompleted(false)
        .Columns(
            new StepColumn(),
            new ProgressBarColumn { Width = Math.Clamp(console.Profile.Width - StepWidth - FiguresWidth - 4, 4, 40) },
            new FiguresColumn(figures))
        .Start(context => work(new Bars(context, figures)));

    private sealed class Bars(ProgressContext context, ConcurrentDictionary<int, string> figures) : IProgress<StepProgress>
    {
        private readonly Dictionary<string, ProgressTask> tasks = new(StringComparer.Ordinal);

        public void Report(StepProgress value)
        {
            if (!tasks.TryGetValue(value.Step, out var task))
            {
                task = context.AddTask(value.Step, maxValue: 1);
                tasks.Add(value.Step, task);
            }

            figures[task.Id] = value.Figures;
            task.Value = value.Share;
        }
    }

    private sealed class StepColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(task.Description.PadRight(StepWidth));
    }

    private sealed class FiguresColumn(ConcurrentDictionary<int, string> figures) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(figures.GetValueOrDefault(task.Id, string.Empty)) { Overflow = Overflow.Ellipsis };
    }
}
