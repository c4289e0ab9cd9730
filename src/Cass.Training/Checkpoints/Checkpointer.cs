using System.Diagnostics;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Decides when a run is saved, and keeps a failure to save from ending it: the run goes on and tries again next time.
/// </summary>
internal sealed class Checkpointer(CheckpointStore? store, string? failureFile, TimeSpan interval, ILogger logger)
{
    private readonly Stopwatch sinceLast = Stopwatch.StartNew();

    /// <summary>
    /// Whether the run is saved: by this process, or, where several train together, by the main one, while the others take part in gathering
    /// what there is to save.
    /// </summary>
    public bool IsSaving { get; init; } = store is not null;

    /// <summary>Whether the interval is over.</summary>
    public bool IsDue => store is not null && sinceLast.Elapsed >= interval;

    /// <summary>Checks the state, and saves it where there is a folder for it.</summary>
    /// <exception cref="TrainingFailedException">A weight is not finite; nothing has been written.</exception>
    public void Save(Func<RunState> capture)
    {
        using var scope = NewDisposeScope();
        try
        {
            var state = capture();
            RequireFinite(state);
            store?.Save(state);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The checkpoint could not be written and the run goes on without it; the next one is tried in due course: {Reason}", error.Message);
        }

        sinceLast.Restart();
    }

    /// <summary>Saves before the run ends early; what cannot be saved is not worth another failure.</summary>
    public void SaveAtEnd(Func<RunState> capture)
    {
        if (!IsSaving)
        {
            return;
        }

        try
        {
            Save(capture);
        }
        catch (TrainingFailedException error)
        {
            logger.LogWarning("The run's present state is not saved: {Reason}", error.Message);
        }
    }

    /// <summary>Writes what is known of a failure beside the checkpoints: the images of the batch above all.</summary>
    public void Record(TrainingFailedException failure)
    {
        if (failureFile is null)
        {
            return;
        }

        try
        {
            AtomicFile.WriteText(failureFile, CheckpointFolder.Describe(failure.Describe()).ToJsonString(CheckpointStore.Indented) + "\n");
            logger.LogWarning("The images of the batch that failed are listed in '{Path}'.", failureFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("'{Path}' could not be written: {Reason}", failureFile, error.Message);
        }
    }

    private static void RequireFinite(RunState state)
    {
        var numbers = state.Tensors.Where(e => e.Value.is_floating_point() && !e.Key.StartsWith("metric.", StringComparison.Ordinal)).ToList();
        foreach (var group in numbers.GroupBy(e => (e.Value.dtype, e.Value.device_type, e.Value.device_index)))
        {
            // The norm costs a single pass; it may overflow where every value is finite.
            if (!double.IsFinite(TorchKernels.Norm([.. group.Select(e => e.Value)]).ReadDouble()) && NonFiniteTensor.FirstOf(group) is { } broken)
            {
                throw new TrainingFailedException(
                    $"After epoch {state.Position.Epoch}, batch {state.Position.Batch}, {broken}: the run ends here, and no good state is overwritten. {TrainingFailedException.Advice}",
                    state.Position.Epoch,
                    state.Position.Batch,
                    []);
            }
        }
    }
}
