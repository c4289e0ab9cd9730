using System.Globalization;
using System.Text;

namespace Cass.Training.Benchmarks;

/// <summary>Measures contenders in turns, so that what else the machine does falls on all alike, and prints ratios of medians.</summary>
internal sealed class Comparison(IReadOnlyList<Contender> contenders, int rounds)
{
    /// <summary>Milliseconds of a pretraining step, and the peak memory of the process after it.</summary>
    public void Steps(Workload workload, int stepsPerRound)
    {
        var working = contenders.Select(c => c.Start(workload, Work.Steps)).ToArray();
        try
        {
            Add($"step: {workload}", "ms", InTurns(working, stepsPerRound));
            Add("peak memory of that", "MB", [.. working.Select(w => (IReadOnlyList<double>)[w.PeakMemory / 1e6])]);
        }
        finally
        {
            Array.ForEach(working, w => w.Dispose());
        }
    }

    /// <summary>Milliseconds of a step of both optimisers alone.</summary>
    public void Optimizers(Workload workload, int stepsPerRound)
    {
        var working = contenders.Select(c => c.Start(workload, Work.Optimizer)).ToArray();
        try
        {
            Add($"optimizer step: {workload.Cnn} + {workload.Transformer}, float32 weights", "ms", InTurns(working, stepsPerRound));
        }
        finally
        {
            Array.ForEach(working, w => w.Dispose());
        }
    }

    /// <summary>Seconds from the start of a process to the end of its first step; the first start of each is not counted.</summary>
    public void Starts(Workload workload)
    {
        var seconds = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (i, contender) in contenders.Index())
            {
                using var working = contender.Start(workload, Work.Steps);
                working.Do(1);
                if (round >= 0)
                {
                    seconds[i].Add(working.FirstAnswer!.Value.TotalSeconds);
                }
            }
        }

        Add("start to first step", "s", seconds);
    }

    /// <summary>Seconds of the first and of later epochs over real images.</summary>
    public void Epochs(Workload workload, int epochs)
    {
        var first = contenders.Select(_ => new List<double>()).ToArray();
        var later = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (i, contender) in contenders.Index())
            {
                if (contender == Contenders.Plain)
                {
                    continue;
                }

                using var working = contender.Start(workload, Work.Epochs);
                var seconds = working.Do(epochs);
                first[i].Add(seconds[0]);
                later[i].AddRange(seconds.Skip(1));
            }
        }

        Add($"first epoch, {workload.Images} images: {workload}", "s", first);
        Add("later epochs", "s", later);
    }

    /// <summary>Prints the head of the table; the measurements print its rows.</summary>
    public void PrintHead()
    {
        var header = string.Concat(contenders.Select(c => $" {c.Name} |")) + string.Concat(Peers.Select(p => $" against {p.Name} |"));
        Console.WriteLine($"| median (least to most) | unit |{header}");
        Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", contenders.Count + Peers.Count))}");
    }

    /// <summary>Prints, under the table, what it was measured with.</summary>
    public void PrintFoot(int threads)
    {
        Console.WriteLine();
        Console.WriteLine(TorchBackend.Describe());
        foreach (var contender in contenders.Where(c => c.Description is not null))
        {
            Console.WriteLine($"{contender.Name}: {contender.Description}; threads: {threads}, of the latter {contender.BlasThreads ?? threads}");
        }
    }

    private List<Contender> Peers => [.. contenders.Where(c => c != Contenders.Cass)];

    private List<double>[] InTurns(Contender.Working[] working, int count)
    {
        var numbers = working.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (i, one) in working.Index())
            {
                var answers = one.Do(count);
                if (round >= 0)
                {
                    numbers[i].AddRange(answers);
                }
            }
        }

        return numbers;
    }

    private void Add(string what, string unit, IReadOnlyList<IReadOnlyList<double>> numbers)
    {
        double[] medians = [.. numbers.Select(Median)];
        var ours = medians[contenders.Index().First(c => c.Item == Contenders.Cass).Index];
        var row = new StringBuilder($"| {what} | {unit} |");
        foreach (var (i, values) in numbers.Index())
        {
            row.Append(values.Count switch
            {
                0 => " |",
                1 => string.Create(CultureInfo.InvariantCulture, $" {values[0]:0.00} |"),
                _ => string.Create(CultureInfo.InvariantCulture, $" {medians[i]:0.00} ({values.Min():0.00} to {values.Max():0.00}) |"),
            });
        }

        foreach (var (i, contender) in contenders.Index())
        {
            if (contender != Contenders.Cass)
            {
                row.Append(double.IsNaN(medians[i]) ? " |" : string.Create(CultureInfo.InvariantCulture, $" {medians[i] / ours:0.00} |"));
            }
        }

        Console.WriteLine(row);
    }

    /// <summary>The median; NaN of none.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
