using System.Diagnostics;
using System.Globalization;
using Cass;

namespace Study.Running;

/// <summary>Writes a line at the end of an epoch, and at most every few seconds within one.</summary>
internal sealed class ProgressLines(TextWriter output) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public void Report(TrainingProgress value)
    {
        if (value.Batch == value.Batches || clock.Elapsed > Pause)
        {
            clock.Restart();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Phase} {value.Network}: epoch {value.Epoch} of {value.Epochs}, batch {value.Batch} of {value.Batches}, loss {value.MeanLoss:0.0000}, {value.ImagesPerSecond:0} images/s"));
        }
    }
}
