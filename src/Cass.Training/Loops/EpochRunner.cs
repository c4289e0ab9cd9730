using TorchSharp;
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
/// <param name="processes">The processes that train together; null where this one is alone.</param>
/// <param name="modules">What is trained, whose buffers are made the same in all processes after each epoch.</param>
internal sealed class EpochRunner(
    string section,
    IBatchSource source,
    Computation computation,
    GradientStep gradients,
    LossReader losses,
    ProgressMeter meter,
    Checkpointer checkpointer,
    TrainingProfile? profile,
    DistributedRun? processes = null,
    IReadOnlyList<nn.Module>? modules = null)
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
                processes?.AlignBuffers(modules!);
                var score = work.End(Position.Epoch, last);
                Position = new(Position.Epoch + 1, 0, Position.Step);
                checkpointer.Save(() => work.Capture() with { Score = score });
                work.Announce();
            }
        }
        catch (OperationCanceledException error) when (processes is null || DistributedRun.IsAgreed(error))
        {
            checkpointer.SaveAtEnd(work.Capture);
            throw;
        }
        catch (TrainingFailedException error)
        {
            var explained = NonFiniteInputs.Explain(error, source);
            checkpointer.Record(explained ?? error);
            if (error.Images.Count > 0)
            {
                // The loss is that of the whole batch, in all processes.
                processes?.Agreed(explained ?? error);
            }

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

        // All processes stop at the same step, and none while it reads.
        var batches = processes is null
            ? source.ReadEpoch(Position.Epoch, Position.Batch, cancellationToken)
            : source.ReadShares(Position.Epoch, processes.Share, Position.Batch, CancellationToken.None);
        foreach (var batch in meter.Reading(batches))
        {
            using (batch)
            {
                var agreement = Agree(batch.Count, cancellationToken);
                using var whole = agreement is null ? null : processes!.Enter(agreement);
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
                last = losses.Push(DistributedBatch.MeanOfShares(step.Loss), Position.Epoch, Position.Batch, batch.Indices) ?? last;
                meter.Batch((int)(agreement?.Images.Sum() ?? batch.Count), last, Observe(work, batch));
                if (step.Moved && Position.Batch < source.BatchesPerEpoch && (agreement?.Saves ?? checkpointer.IsDue))
                {
                    checkpointer.Save(() =>
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

        if (processes is not null && Position.Batch < source.BatchesPerEpoch)
        {
            Agree(images: 0, cancellationToken);
        }

        return losses.Flush() ?? last;
    }

    /// <summary>Stops where this process or another is to, and learns what the others have of the batch; null where this process is alone.</summary>
    private StepAgreement? Agree(int images, CancellationToken cancellationToken)
    {
        if (processes is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }

        var agreement = processes.Agree(images, cancellationToken.IsCancellationRequested, checkpointer.IsDue);
        if (agreement.Cancels)
        {
            throw processes.Agreed(new OperationCanceledException("The run was cancelled, in this process or in another one.", cancellationToken));
        }

        return agreement.Images.All(count => count > 0)
            ? agreement
            : throw processes.Agreed(new CassInputException(
                $"Batch {Position.Batch + 1} of epoch {Position.Epoch} has {agreement.Images.Sum()} images for {agreement.Images.Count} processes, of which each needs one: set {section}.DropLast, choose another {section}.BatchSize, or start fewer processes."));
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

            // Together with others, nothing can be tried: they compute something else.
            throw processes is not null ? DeviceMemory.Exhausted(error, computation.Device, batch.Views[0]) : DeviceMemory.Explain(error, section, computation.Device, batch.Views[0], count => work.Retry(batch, count));
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
