using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cass;
using Study.Cells;

namespace Study.Running;

/// <summary>Measures a cell in a process of its own, so that nothing of one cell can reach another.</summary>
internal static class CellProcess
{
    /// <summary>Tells the process to end when its standard input does, which is when this one has ended, however it did.</summary>
    public const string AttendedOption = "--attended";

    private const int LinesOfFailure = 20;

    /// <summary>Runs the cell; its output goes into its log.</summary>
    /// <returns>Whether it ended well. Otherwise the cell's folder says why.</returns>
    public static async Task<bool> Run(StudyFolder folder, string id, Cell cell, StudySettings settings, Action<string> line, CancellationToken cancellationToken)
    {
        AtomicFile.WriteText(folder.Settings(id), JsonSerializer.Serialize(cell, StudyJson.Options));
        File.Delete(folder.Failure(id));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet")
        {
            start.ArgumentList.Add(typeof(CellProcess).Assembly.Location);
        }

        foreach (var argument in new[] { "cell", id, "--output", folder.Path, AttendedOption })
        {
            start.ArgumentList.Add(argument);
        }

        if (settings.CnnWeights is { } weights)
        {
            start.ArgumentList.Add("--cnn-weights");
            start.ArgumentList.Add(weights);
        }

        start.Environment["OMP_NUM_THREADS"] = settings.Threads.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start) ?? throw new CassInputException($"'{start.FileName}' cannot be started.");
        using var log = new StreamWriter(folder.Log(id), append: true) { AutoFlush = true };
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var last = new Queue<string>();
        await Task.WhenAll(Follow(process.StandardError), Follow(process.StandardOutput), process.WaitForExitAsync(CancellationToken.None));
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode == 0 && folder.IsFinished(id))
        {
            return true;
        }

        AtomicFile.WriteText(folder.Failure(id), string.Join('\n', [$"The process ended with {process.ExitCode}.", .. last]) + "\n");
        return false;

        async Task Follow(StreamReader output)
        {
            while (await output.ReadLineAsync(CancellationToken.None) is { } text)
            {
                lock (last)
                {
                    log.WriteLine(text);
                    last.Enqueue(text);
                    if (last.Count > LinesOfFailure)
                    {
                        last.Dequeue();
                    }
                }

                line(text);
            }
        }
    }
}
