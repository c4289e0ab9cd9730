using System.Globalization;
using System.Text;

namespace Cass.Quality.Benchmarks;

/// <summary>Results as CSV, one line an experiment, written as soon as it is done.</summary>
internal sealed class ResultsFile
{
    private const string Header = "method,seed,cnn_f1,vit_f1,verdict,spread,pretraining_seconds,finetuning_seconds";

    private readonly string path;
    private readonly List<Result> results = [];

    public ResultsFile(string path)
    {
        this.path = path;
        if (File.Exists(path))
        {
            results.AddRange(File.ReadLines(path).Skip(1).Select(Parse));
        }
        else
        {
            File.WriteAllText(path, Header + "\n");
        }
    }

    public bool Has(string method, int seed) => results.Any(r => string.Equals(r.Method, method, StringComparison.Ordinal) && r.Seed == seed);

    public void Add(Result result)
    {
        results.Add(result);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Method},{result.Seed},{result.CnnF1:0.0000},{result.TransformerF1:0.0000},{result.Verdict},{result.Spread},{result.PretrainingSeconds:0},{result.FineTuningSeconds:0}");
        File.AppendAllText(path, line + "\n");
        Console.WriteLine(line);
    }

    /// <summary>By method: mean and standard deviation over the seeds, and the gain over none on the same seeds.</summary>
    public string Table()
    {
        var table = new StringBuilder("| pretraining | seeds | CNN F1 | gain | ViT F1 | gain | verdicts | seconds |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var method in results.GroupBy(r => r.Method, StringComparer.Ordinal))
        {
            var verdicts = string.Join(", ", method.GroupBy(r => r.Verdict, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"));
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {method.Key} | {method.Count()} | {Mean(method, r => r.CnnF1)} | {Gain(method, r => r.CnnF1)} | {Mean(method, r => r.TransformerF1)} | {Gain(method, r => r.TransformerF1)} | {verdicts} | {method.Average(r => r.PretrainingSeconds):0} |");
        }

        return table.ToString();
    }

    private static Result Parse(string line)
    {
        var fields = line.Split(',');
        double Number(int i) => double.Parse(fields[i], CultureInfo.InvariantCulture);
        return new Result(fields[0], (int)Number(1), Number(2), Number(3), fields[4], fields[5], Number(6), Number(7));
    }

    private static string Mean(IEnumerable<Result> results, Func<Result, double> score)
    {
        double[] values = [.. results.Select(score)];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.0000} ± {deviation:0.0000}");
    }

    private string Gain(IEnumerable<Result> method, Func<Result, double> score)
    {
        double[] gains = [.. method.SelectMany(r => results.Where(n => string.Equals(n.Method, "none", StringComparison.Ordinal) && n.Seed == r.Seed).Select(n => score(r) - score(n)))];
        return gains.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * gains.Average():+0.0;-0.0}");
    }
}
