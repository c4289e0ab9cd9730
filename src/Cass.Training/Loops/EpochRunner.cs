using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Runs the epochs of a phase, whatever it trains: reads batches, keeps the place in the run, saves it in time, and leaves
/// it such that it can go on where it is cancelled or fails.
/// </summary>
/// <param name="section">Name of the phase's options, such as <c>Pretraining</c>, for messages.</param>
/// <param name="source">The batches.</param>
/// <param name="computation">Where and how it is computed.</param>
/// <param name="gradients">The gradients of a step.</param>
/// <param name="losses">Reads losses.</param>
/// <param name="meter">Counts batches and images.</param>
/// <param name="checkpointer">Saves the run.</param>
/// <param name="profile">Measures where the time goes; null for no measurement.</param>
internal sealed class EpochRunner(
    string section,
    IBatchSource source,
    Computation computation,
    GradientStep gradients,
    LossReader losses,
    ProgressMeter meter,
    Checkpointer checkpointer,
    TrainingProfile? profile)
{
    private double lossSumOfResumed;

    /// <summary>The place in the run.</summary>
    public RunPosition Position { get; private set; } = new(Epoch: 1, Batch: 0, Step: 0);

    /// <summary>The sum of the losses of the epoch in work.</summary>
    public double LossSum => Position.Batch == 0 ? 0 : meter.LossSum;

    /// <summary>Goes on from a checkpoint.</summary>
    public void Resume(RunPosition position, double lossSum)
    {
        Position = position;
        lossSumOfResumed = lossSum;
    }

    /// <summary>Runs what is left of a phase's epochs.</summary>
    /// <param name="work">The phase.</param>
    /// <param name="epochs">Number of its epochs.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    public void Run(IEpochs work, int epochs, CancellationToken cancellationToken)
    {
        try
        {
            while (Position.Epoch <= epochs && !work.IsDone)
            {
                work.Begin(Position);
                meter.BeginEpoch(Position.Epoch, Position.Batch, lossSumOfResumed);
                lossSumOfResumed = 0;
                var last = RunBatches(work, cancellationToken);
                var score = work.End(Position.Epoch, last);
                Position = new(Position.Epoch + 1, 0, Position.Step);
                checkpointer.Save(() => work.Capture() with { Score = score });
                work.Announce();
            }
        }
        catch (OperationCanceledException)
        {
            checkpointer.SaveAtEnd(work.Capture);
            throw;
        }
        catch (TrainingFailedException error)
        {
            var explained = NonFiniteInputs.Explain(error, source);
            checkpointer.Record(explained ?? error);
            if (explained is not null)
            {
                throw explained;
            }

            throw;
        }
    }

    private double RunBatches(IEpochs work, CancellationToken cancellationToken)
    {
        var last = double.NaN;
        foreach (var batch in meter.Reading(source.ReadEpoch(Position.Epoch, Position.Batch, cancellationToken)))
        {
            using (batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using (profile?.Measure(TrainingProfile.Transfer, computation.Device))
                {
                    batch.MoveTo(computation.Device, computation.WeightType);
                }

                var step = Step(work, batch);
                Position = new(Position.Epoch, Position.Batch + 1, Position.Step + (step.Moved ? 1 : 0));
                if (step.Moved)
                {
                    work.AfterStep(Position);
                }

                using var logging = profile?.Measure(TrainingProfile.Logging, computation.Device);
                last = losses.Push(step.Loss, Position.Epoch, Position.Batch, batch.Indices) ?? last;
                meter.Batch(batch.Count, last, Observe(work, batch));
                if (step.Moved && Position.Batch < source.BatchesPerEpoch)
                {
                    checkpointer.AfterStep(() =>
                    {
                        last = losses.Flush() ?? last;
                        return work.Capture();
                    });
                }
            }

            if (Position.Batch == source.BatchesPerEpoch)
            {
                // Not asking for more lets an epoch that is done be counted, even where the run was cancelled.
                break;
            }
        }

        return losses.Flush() ?? last;
    }

    private StepResult Step(IEpochs work, ImageBatch batch)
    {
        try
        {
            return work.Step(batch, Position);
        }
        catch (Exception error) when (DeviceMemory.IsExhausted(error))
        {
            gradients.Clear();
            throw DeviceMemory.Explain(error, section, computation.Device, batch.Views[0], count => work.Retry(batch, count));
        }
    }

    private IReadOnlyDictionary<string, double> Observe(IEpochs work, ImageBatch batch)
    {
        try
        {
            return work.Observe(batch, Position);
        }
        catch (CassInputException)
        {
            // Metrics refuse outputs that are no numbers; the loss, which is none either, tells of which images.
            losses.Flush();
            throw;
        }
    }
}
