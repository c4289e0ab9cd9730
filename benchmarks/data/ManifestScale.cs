using System.Diagnostics;

namespace Cass.Data.Benchmarks;

/// <summary>A manifest of a million rows: opened, split and shuffled.</summary>
internal static class ManifestScale
{
    public static int Run(string[] arguments)
    {
        var rows = (int)Arguments.Number(arguments, "--rows", 1_000_000);
        var folder = Directory.CreateTempSubdirectory("cass-manifest-").FullName;
        try
        {
            var path = Path.Combine(folder, "manifest.csv");
            string[] classes = ["glioma", "pituitary", "notumor", "meningioma"];
            using (var writer = new StreamWriter(path))
            {
                writer.Write(",path,target,patient\n");
                for (var i = 0; i < rows; i++)
                {
                    writer.Write($"{i},Training/{classes[i * 7 % 4]}/Tr-{i:00000000}.jpg,{classes[i * 7 % 4]},patient-{i / 5}\n");
                }
            }

            var total = Stopwatch.StartNew();
            var dataset = Report("open", () => CsvManifest.Read(path, new CsvManifestOptions { CheckFiles = false, GroupColumn = "patient" }));
            Report("split", () => dataset.Split());
            Report("split, stratified", () => dataset.Split(stratify: true));
            Report("split by patient", () => dataset.SplitByGroup());
            using var loader = new ImageLoader(dataset, CassTransforms.Training(384, 384), new ImageLoaderOptions { Shuffle = true });
            Report("shuffle an epoch", () => loader.OrderOf(1));
            Console.WriteLine(FormattableString.Invariant($"all: {total.Elapsed.TotalSeconds:0.00} s; peak memory of the process {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static T Report<T>(string name, Func<T> action)
    {
        var clock = Stopwatch.StartNew();
        var result = action();
        Console.WriteLine(FormattableString.Invariant($"{name,-20} {clock.Elapsed.TotalSeconds:0.00} s"));
        return result;
    }
}
