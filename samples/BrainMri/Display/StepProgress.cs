using Cass;

namespace BrainMri.Display;

/// <summary>How far one step of the run is.</summary>
/// <param name="Step">The step, such as <c>Pretrain</c> or <c>Fine-tune CNN</c>.</param>
/// <param name="Share">How much of it is done, from 0 to 1.</param>
/// <param name="Figures">Epoch, batch, loss, images per second and time left, in words.</param>
internal sealed record StepProgress(string Step, double Share, string Figures)
{
    /// <summary>Puts a trainer's progress into words.</summary>
    public static StepProgress Of(string step, TrainingProgress progress)
    {
        if (progress.Phase == TrainingPhase.Intervals)
        {
            return new StepProgress(step, (double)progress.Batch / progress.Batches, $"{progress.Batch} % of the resamples, {Clock(progress.TimeLeft)} left");
        }

        var done = ((progress.Epoch - 1.0) * progress.Batches) + progress.Batch;
        var epoch = progress.Epochs > 1 || progress.Phase != TrainingPhase.Evaluation ? $"epoch {progress.Epoch}/{progress.Epochs}, " : string.Empty;
        var loss = progress.MeanLoss is { } mean && double.IsFinite(mean) ? $"loss {Short(mean)}, " : string.Empty;
        return new StepProgress(
            step,
            done / Math.Max(1.0, (double)progress.Epochs * progress.Batches),
            $"{epoch}batch {progress.Batch}/{progress.Batches}, {loss}{progress.ImagesPerSecond:0} images/s, {Clock(progress.TimeLeft)} left");
    }

    /// <summary>A length of time as minutes and seconds, or hours, minutes and seconds.</summary>
    public static string Clock(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{(int)time.TotalMinutes}:{time:ss}";

    private static string Short(double loss) => loss < 10 ? $"{loss:0.000}" : $"{loss:0.0}";
}
