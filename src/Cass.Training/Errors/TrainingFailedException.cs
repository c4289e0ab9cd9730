namespace Cass.Training;

/// <summary>A run that cannot go on: the loss or a weight is no longer a number.</summary>
public sealed class TrainingFailedException : CassException
{
    internal const string Advice =
        "Try a lower learning rate, clipped gradients (Optimizer.GradientClipNorm) or Precision Float32, and look at the images; the last good checkpoint is kept.";

    internal TrainingFailedException(string message, int epoch, int batch, IReadOnlyList<string> images)
        : base(message)
    {
        Epoch = epoch;
        Batch = batch;
        Images = images;
    }

    /// <summary>The epoch in which it came up, from 1; 0 where it was there before the first.</summary>
    public int Epoch { get; }

    /// <summary>The batch of that epoch, from 1; 0 where it was there before the first.</summary>
    public int Batch { get; }

    /// <summary>Names of the images of that batch; empty where it was noticed between batches.</summary>
    public IReadOnlyList<string> Images { get; }

    internal object Describe() => new Record(Message, Epoch, Batch, Images);

    private sealed record Record(string Message, int Epoch, int Batch, IReadOnlyList<string> Images);
}
