using System.Diagnostics;
using System.Globalization;
using Cass;
using Study.Cells;
using Study.Grids;
using Study.Images;
using Study.Results;

namespace Study.Running;

/// <summary>Measures the cells of a grid that the folder lacks. Stopped at any moment, it goes on where it was.</summary>
internal sealed class StudyRun(StudyGrid grid, StudySettings settings, TextWriter output)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(30);
    private readonly StudyFolder folder = new(settings.Output);
    private readonly Lock gate = new();
    private TimeLeft left = new(0);
    private int failed;

    /// <returns>How many cells failed.</returns>
    public async Task<int> Run(CancellationToken cancellationToken)
    {
        output.WriteLine("Dividing the images by clusters of near-duplicates…");
        var parts = ImageParts.In(folder, settings.Source);
        var images = parts.Load();
        output.WriteLine(images);
        left = new TimeLeft(images.Training.Count);
        (string Id, Cell Cell)[] mine = [.. grid.Cells().Where((_, i) => i % settings.Shard.Parts == settings.Shard.Part - 1).Select(cell => (cell.Id, cell.Cell))];
        (string Id, Cell Cell)[] cells = [.. mine.Where(cell => !folder.IsFinished(cell.Id))];
        if (settings.CnnWeights is null && cells.Select(cell => cell.Cell).FirstOrDefault(cell => cell.Start == StartingWeights.ImageNet) is { } cell)
        {
            throw new CassInputException($"The grid has cells that start from ImageNet weights, such as {cell}; give the file with --cnn-weights, or leave these blocks out with --blocks.");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mine.Length} cells, {mine.Length - cells.Length} of them measured already."));
        var pending = new Queue<(string Id, Cell Cell)>(cells);
        var numbers = cells.Select((cell, i) => (cell.Id, Number: i + 1)).ToDictionary(pair => pair.Id, pair => pair.Number, StringComparer.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, settings.Processes).Select(_ => Task.Run(() => Work(pending, numbers, cancellationToken), cancellationToken)));
        return failed;
    }

    private async Task Work(Queue<(string Id, Cell Cell)> pending, Dictionary<string, int> numbers, CancellationToken cancellationToken)
    {
        while (true)
        {
            (string Id, Cell Cell) next;
            double remaining;
            lock (gate)
            {
                if (!pending.TryDequeue(out next))
                {
                    return;
                }

                remaining = left.WorkOf([next.Cell, .. pending.Select(cell => cell.Cell)]);
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (!folder.IsFinished(next.Id))
            {
                await Measure(next.Id, next.Cell, numbers[next.Id], numbers.Count, remaining, cancellationToken);
            }
        }
    }

    private async Task Measure(string id, Cell cell, int number, int count, double remaining, CancellationToken cancellationToken)
    {
        var expected = left.For(remaining) is { } time ? $"; about {TimeLeft.Text(time / settings.Processes)} left" : string.Empty;
        Write(string.Create(CultureInfo.InvariantCulture, $"[{number}/{count}] {cell}{expected}"));
        var clock = Stopwatch.StartNew();
        var lastLine = TimeSpan.Zero;
        var well = await CellProcess.Run(
            folder,
            id,
            cell,
            settings,
            line =>
            {
                if (clock.Elapsed - lastLine > LineEvery)
                {
                    lastLine = clock.Elapsed;
                    Write($"    {line}");
                }
            },
            cancellationToken);
        lock (gate)
        {
            if (well)
            {
                left.Add(left.WorkOf(cell, StudyJson.Read<CellResult>(folder.Result(id)).Pretrained), clock.Elapsed);
            }

            failed += well ? 0 : 1;
        }

        Write(well
            ? string.Create(CultureInfo.InvariantCulture, $"    done in {clock.Elapsed:hh\\:mm\\:ss}")
            : $"    FAILED; '{folder.Failure(id)}' says why, and the next run tries it again");
    }

    private void Write(string line)
    {
        lock (gate)
        {
            output.WriteLine(line);
        }
    }
}
