namespace Cass.Training;

/// <summary>What a phase does in its epochs; an <see cref="EpochRunner"/> reads the batches, keeps the place, saves and gives account.</summary>
internal interface IEpochs
{
    /// <summary>Whether the phase ends before its last epoch.</summary>
    bool IsDone { get; }

    /// <summary>Begins an epoch, or goes on in the middle of one.</summary>
    void Begin(RunPosition position);

    /// <summary>Computes the loss of a batch that is on the device, its gradients, and, where they are complete, the step.</summary>
    StepResult Step(ImageBatch batch, RunPosition position);

    /// <summary>Does what follows a step once the place in the run has moved on: teachers, averages.</summary>
    void AfterStep(RunPosition position);

    /// <summary>Takes a batch into the epoch's figures.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="position">The place after it.</param>
    /// <returns>The figures of the moment, for progress reports.</returns>
    IReadOnlyDictionary<string, double> Observe(ImageBatch batch, RunPosition position);

    /// <summary>Computes the last batch anew with its first images alone, to see whether they fit into memory.</summary>
    void Retry(ImageBatch batch, int count);

    /// <summary>Ends an epoch: validates, logs, remembers its figures.</summary>
    /// <param name="epoch">Its number, from 1.</param>
    /// <param name="lastLoss">Loss of its last batch; NaN where there was none.</param>
    /// <returns>How good it was, the higher the better; null where that is not known.</returns>
    double? End(int epoch, double lastLoss);

    /// <summary>Tells others of the epoch that has ended, and has been saved.</summary>
    void Announce();

    /// <summary>Everything that the phase goes on from.</summary>
    RunState Capture();
}
