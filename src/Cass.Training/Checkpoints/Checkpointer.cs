using System.Diagnostics;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Decides when a run is saved, and keeps a failure to save from ending it: the run goes on and tries again next time.
/// </summary>
internal sealed class Checkpointer(CheckpointStore? store, TimeSpan interval, ILogger logger)
{
    private readonly Stopwatch sinceLast = Stopwatch.StartNew();

    /// <summary>Saves where the interval is over.</summary>
    public void AfterStep(Func<RunState> capture)
    {
        if (store is not null && sinceLast.Elapsed >= interval)
        {
            Save(capture);
        }
    }

    /// <summary>Saves now.</summary>
    public void Save(Func<RunState> capture)
    {
        if (store is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        try
        {
            store.Save(capture());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The checkpoint could not be written and the run goes on without it; the next one is tried in due course: {Reason}", error.Message);
        }

        sinceLast.Restart();
    }
}
