using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>A fine-tuning that has passed all checks, with its images, its network and its checkpoints open.</summary>
/// <param name="run">The run that it is part of.</param>
/// <param name="classifier">The classifier, which is trained.</param>
/// <param name="loop">What trains it.</param>
/// <param name="resumed">The checkpoint to go on from; null where it starts anew.</param>
/// <param name="owned">What it needs until its end.</param>
internal sealed class OpenedFineTuning(TrainingRun run, ImageClassifier classifier, FineTuningLoop loop, Checkpoint? resumed, DisposableStack owned) : IDisposable
{
    /// <summary>The classifier; of no use before it is trained.</summary>
    public ImageClassifier Classifier => classifier;

    /// <summary>Trains to the end. Where that fails, what is not saved is gone.</summary>
    /// <returns>The classifier, which is the caller's to dispose of.</returns>
    public ImageClassifier Train()
    {
        try
        {
            Compute();
            run.LogProfile();
            run.Processes?.End();
            return classifier;
        }
        catch (Exception error)
        {
            Abandon();
            run.Processes?.End(error);
            throw;
        }
    }

    /// <summary>Trains, on whatever thread.</summary>
    public void Compute()
    {
        classifier.History = loop.Run(resumed);
        classifier.SettleLayout();
        classifier.Network.WeightOrigin = WeightOrigin.Trained;
    }

    /// <summary>Gives up a classifier that was not trained to its end.</summary>
    public void Abandon()
    {
        // What trains the network looks at its weights once more.
        owned.Dispose();
        run.Checkpoints.Release();
        classifier.Dispose();
    }

    public void Dispose() => owned.Dispose();
}
