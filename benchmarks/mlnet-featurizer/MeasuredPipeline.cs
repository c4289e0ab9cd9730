using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;

namespace Cass.ML.Benchmarks;

/// <summary>What a pipeline reached with a share of the labels, kept in a file by pipeline and share.</summary>
internal static class MeasuredPipeline
{
    private const string Header = "pipeline,share,accuracy,macro_f1,train_seconds,score_seconds";

    /// <summary>The shares of the labels, in percent.</summary>
    public static IReadOnlyList<int> Shares { get; } = [1, 10, 100];

    /// <summary>Fits and scores, and adds a line; nothing where the line is there already.</summary>
    /// <param name="folder">Where the file is.</param>
    /// <param name="pipeline">What the pipeline is called.</param>
    /// <param name="share">Its share of the labels.</param>
    /// <param name="beforehand">Seconds of processor time that it has used already, such as for features that all shares have in common.</param>
    /// <param name="fit">Trains.</param>
    /// <param name="score">Gives the key of the true and of the predicted class of every held-out image.</param>
    public static void Measure(string folder, string pipeline, int share, double beforehand, Func<ITransformer> fit, Func<ITransformer, IReadOnlyList<(uint Truth, uint Predicted)>> score)
    {
        var file = Path.Combine(folder, "pipelines.csv");
        var start = FormattableString.Invariant($"{pipeline},{share},");
        if (File.Exists(file) && File.ReadLines(file).Any(line => line.StartsWith(start, StringComparison.Ordinal)))
        {
            return;
        }

        var before = Seconds();
        var model = fit();
        var trained = Seconds();
        var scored = score(model);
        var ended = Seconds();
        (model as IDisposable)?.Dispose();
        var line = string.Create(CultureInfo.InvariantCulture, $"{start}{Accuracy(scored):0.0000},{MacroF1(scored):0.0000},{beforehand + trained - before:0},{ended - trained:0}");
        File.AppendAllLines(file, File.Exists(file) ? [line] : [Header, line]);
        Console.WriteLine(line);
    }

    /// <summary>Processor time of this process, which other programs on the machine change little.</summary>
    public static double Seconds()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static double Accuracy(IReadOnlyList<(uint Truth, uint Predicted)> scored) => (double)scored.Count(row => row.Truth == row.Predicted) / scored.Count;

    private static double MacroF1(IReadOnlyList<(uint Truth, uint Predicted)> scored) => scored.Select(row => row.Truth).Distinct().Average(id =>
    {
        var (right, truth, predicted) = (scored.Count(row => row == (id, id)), scored.Count(row => row.Truth == id), scored.Count(row => row.Predicted == id));
        return 2.0 * right / (truth + predicted);
    });
}
