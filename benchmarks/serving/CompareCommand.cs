using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cass.Training.Benchmarks;

namespace Cass.Serving.Benchmarks;

/// <summary>TorchSharp and ONNX Runtime with the same classifiers, and PyTorch with networks of the same dimensions, in turns, each in a process of its own.</summary>
internal static class CompareCommand
{
    private static readonly string Python = Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } chosen ? chosen : "/usr/bin/python3";

    public static void Run(IReadOnlyList<string> networks, int rounds, int seconds)
    {
        var engines = Engines();
        Console.WriteLine("| network | engine | first answer after | one image, median (99 of 100) | batches of 32 | peak memory |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var network in networks)
        {
            using var folder = new ClassifierFolder(network);
            var measured = engines.ToDictionary(engine => engine, _ => new List<Measurement>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var engine in engines)
                {
                    measured[engine].Add(Measure(engine, engine switch { Engine.OnnxRuntime => folder.Model, Engine.PyTorch => network, _ => folder.Path }, seconds));
                }
            }

            foreach (var (engine, rows) in measured)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {network} | {engine} | {Median(rows, row => row.FirstAnswer):0.00} s | {Median(rows, row => row.Median):0.0} ms ({Median(rows, row => row.Slowest):0.0}) | {Median(rows, row => row.Throughput):0.0} images/s | {Median(rows, row => row.PeakMegabytes):0} MB |"));
            }
        }
    }

    /// <summary>Those that can be measured here.</summary>
    private static Engine[] Engines()
    {
        switch (PythonPeer.Find(Python))
        {
            case null:
                Console.Error.WriteLine($"PyTorch is left out: '{Python}' has no torch and torchvision; on Debian: apt install python3-torchvision libopenblas0-pthread. The variable PYTHON names another interpreter.");
                return [Engine.TorchSharp, Engine.OnnxRuntime];
            case { IsReferenceBlas: true } peer:
                Console.Error.WriteLine($"PyTorch is left out: {peer}, the reference library, is many times slower than others; on Debian: apt install libopenblas0-pthread.");
                return [Engine.TorchSharp, Engine.OnnxRuntime];
            case var peer:
                Console.Error.WriteLine($"PyTorch: {peer}.");
                return Enum.GetValues<Engine>();
        }
    }

    private static ProcessStartInfo Program(Engine engine, string what, string seconds)
    {
        if (engine is Engine.PyTorch)
        {
            // Its matrix products have threads of their own beside those of OpenMP, and the two wait for one another.
            return new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "peer.py"), what, seconds]) { Environment = { ["OPENBLAS_NUM_THREADS"] = "1" } };
        }

        string[] own = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return new ProcessStartInfo(Environment.ProcessPath!, [.. own, "measure", engine.ToString(), what, seconds]);
    }

    private static Measurement Measure(Engine engine, string what, int seconds)
    {
        var start = Program(engine, what, seconds.ToString(CultureInfo.InvariantCulture));
        (start.RedirectStandardOutput, start.UseShellExecute) = (true, false);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize<Measurement>(output)! : throw new InvalidOperationException($"{engine} with '{what}' ended with {process.ExitCode}: {output}");
    }

    private static double Median(List<Measurement> rows, Func<Measurement, double> value) => rows.Select(value).Order().ElementAt(rows.Count / 2);
}
