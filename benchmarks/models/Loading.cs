using System.Diagnostics;
using System.Globalization;

namespace Cass.Models.Benchmarks;

/// <summary>Seconds and memory of loading a safetensors file into a network that is there already.</summary>
internal static class Loading
{
    public static int Run(string[] arguments)
    {
        var options = new Arguments(arguments);
        var name = options.Names.Count == 0 ? "vit_base_patch16_384" : options.Names[0];
        var path = Path.Combine(Path.GetTempPath(), $"cass-benchmark-{Environment.ProcessId}.safetensors");
        try
        {
            using (var source = BackboneRegistry.Default.Create(name))
            {
                BackboneWeights.Save(source, path);
            }

            var size = new FileInfo(path).Length;
            using var backbone = BackboneRegistry.Default.Create(name);
            Console.WriteLine(FormattableString.Invariant($"{name}, a file of {size / 1e6:0} MB"));
            for (var i = 0; i < options.Number("--repeat", 5); i++)
            {
                GC.Collect();
                var before = ResetPeak();
                var clock = Stopwatch.StartNew();
                BackboneWeights.Load(backbone, path, new WeightLoadOptions { Strict = true });
                var seconds = clock.Elapsed.TotalSeconds;
                var extra = Peak() - before;
                Console.WriteLine(FormattableString.Invariant($"{seconds:0.000} s; peak of {extra / 1e6:0.0} MB beyond before, {100.0 * extra / size:0.0}% of the file"));
            }

            return 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Sets the peak of resident memory back to the present, which it returns in bytes (Linux).</summary>
    private static long ResetPeak()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Peak();
    }

    private static long Peak() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))[6..^3].Trim(),
        CultureInfo.InvariantCulture);
}
