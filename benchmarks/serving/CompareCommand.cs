using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Cass.Serving.Benchmarks;

/// <summary>TorchSharp and ONNX Runtime with the same classifiers, in turns, each in a process of its own.</summary>
internal static class CompareCommand
{
    public static void Run(IReadOnlyList<string> networks, int rounds, int seconds)
    {
        Console.WriteLine("| network | engine | first answer after | one image, median (99 of 100) | batches of 32 | peak memory |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var network in networks)
        {
            using var folder = new ClassifierFolder(network);
            var measured = Enum.GetValues<Engine>().ToDictionary(engine => engine, _ => new List<Measurement>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var engine in Enum.GetValues<Engine>())
                {
                    measured[engine].Add(Measure(engine, engine is Engine.OnnxRuntime ? folder.Model : folder.Path, seconds));
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

    private static Measurement Measure(Engine engine, string path, int seconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in (string[])["measure", engine.ToString(), path, seconds.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize<Measurement>(output)! : throw new InvalidOperationException($"{engine} with '{path}' ended with {process.ExitCode}: {output}");
    }

    private static double Median(List<Measurement> rows, Func<Measurement, double> value) => rows.Select(value).Order().ElementAt(rows.Count / 2);
}
