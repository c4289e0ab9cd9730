using System.CommandLine;
using System.Globalization;

namespace Cass.Training.Benchmarks;

/// <summary>Measures what a step costs as batches and images grow, and an epoch as images become more, each in a process of its own.</summary>
internal sealed class GrowthCommand : Command
{
    private const int Warmups = 2;

    private readonly WorkloadOptions workload = new();
    private readonly Option<int[]> batches = Numbers("--batches", "images of a step", [8, 16, 32, 64, 128, 256]);
    private readonly Option<int[]> sizes = Numbers("--sizes", "pixels of a side, multiples of 16", [32, 64, 96, 128, 192, 256, 384]);
    private readonly Option<int[]> counts = Numbers("--counts", "images of an epoch; only with --folder, whose images are repeated", [500, 1000, 2000, 5000, 10_000, 20_000, 50_000]);
    private readonly Option<int> steps = new("--steps") { Description = "steps that are measured of each, after two that are not", DefaultValueFactory = _ => 5 };
    private readonly Option<string> output = new("--output") { Description = "where a picture of each series goes", DefaultValueFactory = _ => "." };

    public GrowthCommand()
        : base("growth", "Measures time and memory of a step over batches and sizes, and of an epoch over numbers of images, and how they grow with the work.")
    {
        workload.AddTo(this);
        Option[] own = [batches, sizes, counts, steps, output];
        Array.ForEach(own, Add);
        SetAction(Run);
    }

    private static Option<int[]> Numbers(string name, string description, int[] numbers) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => numbers };

    private int Run(ParseResult given)
    {
        var asked = workload.Read(given);
        var pair = asked with { Folder = null };
        var (measured, folder) = (WorkloadOptions.AtLeast(given, steps, 1), given.GetValue(output)!);
        Directory.CreateDirectory(folder);
        Report(folder, "batch", new($"A step of {pair.Networks} at {pair.Size}x{pair.Size}", "images of a step", Measure(Values(given, batches), batch => pair with { Batch = batch }, batch => batch, measured)));
        Report(folder, "size", new($"A step of {pair.Networks}, batches of {pair.Batch}", "pixels of a side", Measure(Values(given, sizes), size => pair with { Size = size }, size => (double)size * size, measured)));
        if (asked.Folder is not null)
        {
            Report(folder, "images", new($"An epoch of {pair.Networks} at {pair.Size}x{pair.Size}, batches of {pair.Batch}", "images of an epoch", [.. Values(given, counts).Select(count => Epoch(asked with { Images = count }))]));
        }

        return 0;
    }

    private static int[] Values(ParseResult given, Option<int[]> option) => given.GetValue(option) is { Length: > 0 } values && values.All(value => value > 0)
        ? [.. values.Order()]
        : throw new CassInputException($"{option.Name} is a list of numbers above 0.");

    private static List<GrowthSeries.Point> Measure(int[] values, Func<int, Workload> workload, Func<int, double> work, int steps)
    {
        var points = new List<GrowthSeries.Point>();
        foreach (var value in values)
        {
            using var working = Contenders.Cass.Start(workload(value), Work.Steps);
            working.Do(Warmups);
            points.Add(new(value, work(value), Comparison.Median(working.Do(steps)), working.PeakMemory / 1e6));
            Console.Error.WriteLine(points[^1]);
        }

        return points;
    }

    private static GrowthSeries.Point Epoch(Workload workload)
    {
        using var working = Contenders.Cass.Start(workload, Work.Epochs);
        var point = new GrowthSeries.Point(workload.Images, workload.Images, working.Do(1)[0] * 1000, working.PeakMemory / 1e6);
        Console.Error.WriteLine(point);
        return point;
    }

    private static void Report(string folder, string name, GrowthSeries series)
    {
        Console.WriteLine($"{series.Title}\n");
        Console.WriteLine($"| {series.What} | ms | ms for the least work, in proportion | against the least work | peak memory, MB |");
        Console.WriteLine("|---:|---:|---:|---:|---:|");
        var least = series.Points[0];
        foreach (var point in series.Points)
        {
            var times = point.Work / least.Work;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {point.Value} | {point.Milliseconds:0.0} | {point.Milliseconds / times:0.0} | {point.Milliseconds / least.Milliseconds:0.00} for {times:0.##} times the work | {point.Megabytes:0} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nTime grows as the work to the power of {series.ExponentOfTime:0.00} in the upper half, memory beyond that of the least work as that to {series.ExponentOfMemory:0.00}.\n"));
        GrowthFigure.Write(series, Path.Combine(folder, $"growth-{name}.png"));
    }
}
