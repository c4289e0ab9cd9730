using System.Globalization;

namespace Cass.ML.Benchmarks;

/// <summary>
/// Pretraining is the same for every share of the labels, and is computed once: its checkpoints are copied to the other runs, and its processor time is
/// added to theirs.
/// </summary>
internal sealed class SharedPretraining : IProgress<TrainingProgress>
{
    private readonly string timeFile;
    private readonly double begun = MeasuredPipeline.Seconds();

    private SharedPretraining(string folder, string timeFile, double seconds) => (Folder, this.timeFile, Seconds) = (folder, timeFile, seconds);

    /// <summary>Where the run keeps its checkpoints.</summary>
    public string Folder { get; }

    /// <summary>What pretraining took in another run; 0 where this one computes it.</summary>
    public double Seconds { get; }

    /// <summary>Begins or goes on with a run.</summary>
    public static SharedPretraining Begin(string start, string run)
    {
        var (folder, timeFile) = (Path.Combine(start, run), Path.Combine(start, "pretraining-seconds.txt"));
        Directory.CreateDirectory(folder);
        if (!File.Exists(timeFile))
        {
            return new SharedPretraining(folder, timeFile, 0);
        }

        var (seconds, owner) = File.ReadAllLines(timeFile) is [var first, var second] ? (double.Parse(first, CultureInfo.InvariantCulture), second) : throw new CassInputException($"'{timeFile}' is not of this program.");
        if (string.Equals(owner, run, StringComparison.Ordinal))
        {
            return new SharedPretraining(folder, timeFile, 0);
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(start, owner), "pretraining*"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return new SharedPretraining(folder, timeFile, seconds);
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.Phase != TrainingPhase.Pretraining && !File.Exists(timeFile))
        {
            File.WriteAllLines(timeFile, [(MeasuredPipeline.Seconds() - begun).ToString("0.0", CultureInfo.InvariantCulture), Path.GetFileName(Folder)]);
        }
    }
}
