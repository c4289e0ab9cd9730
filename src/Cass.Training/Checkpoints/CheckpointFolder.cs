using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>A run's checkpoint folder, held for this process alone from the first phase that is opened until it is released.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IncludeFields = true,
    };

    private readonly CheckpointOptions options;
    private readonly string? folder;
    private readonly ILogger logger;
    private FileStream? claim;
    private bool isFinished;

    public CheckpointFolder(CheckpointOptions options, ILogger logger)
    {
        this.options = options;
        folder = options.FolderOfRun;
        this.logger = logger;
    }

    /// <summary>Opens the checkpoints of a phase.</summary>
    /// <param name="phase">Name of the phase, which the files' names begin with.</param>
    /// <param name="epochs">Number of its epochs.</param>
    /// <param name="settings">What a run that goes on from a checkpoint must have in common with the one that made it.</param>
    /// <returns>What saves the phase, and the checkpoint to go on from, if any.</returns>
    /// <exception cref="CassInputException">The folder is in use by another run, or cannot be written.</exception>
    public (Checkpointer Checkpointer, Checkpoint? Resumed) Open(string phase, int epochs, Func<JsonObject> settings)
    {
        if (folder is null)
        {
            return (new Checkpointer(null, null, TimeSpan.MaxValue, logger), null);
        }

        if (claim is null)
        {
            Claim(folder);
        }

        var store = new CheckpointStore(folder, phase, settings(), options, logger);
        if (!options.Resume)
        {
            store.Clear();
        }

        var resumed = store.LoadNewest();
        if (resumed is not null && resumed.Position.Epoch > epochs)
        {
            logger.LogInformation("{Phase} is complete already, by '{Path}': {Epochs} epochs. Nothing is trained again; choose another folder or run name for a new run.", phase, resumed.Path, epochs);
        }
        else if (resumed is not null)
        {
            logger.LogWarning("Going on from '{Path}' (epoch {Epoch}, batch {Batch}).", resumed.Path, resumed.Position.Epoch, resumed.Position.Batch);
        }

        return (new Checkpointer(store, Path.Combine(folder, phase + "-failure.json"), TimeSpan.FromMinutes(options.EveryMinutes), logger), resumed);
    }

    /// <summary>Whether a run of a phase would go on from a checkpoint, unless all of them are damaged.</summary>
    public bool HasCheckpoints(string phase) => folder is not null && options.Resume && CheckpointStore.AreIn(folder, phase);

    /// <summary>Of the numbers that <see cref="NumericPrecision.Auto"/> chooses between, those of the newest checkpoint of a phase; null where there is none to go on from.</summary>
    public NumericPrecision? PrecisionOf(string phase)
    {
        var saved = HasCheckpoints(phase) ? (string?)CheckpointStore.NewestSettings(folder!, phase)?[CheckpointStore.Precision] : null;
        return saved switch
        {
            nameof(NumericPrecision.Float32) => NumericPrecision.Float32,
            nameof(NumericPrecision.BFloat16) => NumericPrecision.BFloat16,
            _ => null,
        };
    }

    /// <summary>Refuses checkpoints of a phase that it could not go on from, before any phase is opened; changes nothing.</summary>
    /// <param name="phase">Name of the phase.</param>
    /// <param name="settings">What a run that goes on from a checkpoint must have in common with the one that made it.</param>
    /// <param name="unknown">Settings that are not known yet.</param>
    /// <exception cref="CheckpointMismatchException">The newest checkpoint was made with other settings.</exception>
    public void RequireResumable(string phase, Func<JsonObject> settings, params IReadOnlyList<string> unknown)
    {
        if (folder is not null && options.Resume && Directory.Exists(folder))
        {
            new CheckpointStore(folder, phase, settings(), options, logger).RequireResumable(unknown);
        }
    }

    public static JsonNode Describe(object settings) => JsonSerializer.SerializeToNode(settings, settings.GetType(), Json)!;

    public static JsonNode DescribeHistory<T>(IReadOnlyList<T> history) => JsonSerializer.SerializeToNode(history, Json)!;

    public static T Read<T>(JsonNode node) => node.Deserialize<T>(Json)!;

    /// <summary>Lets others use the folder, until the next phase is opened.</summary>
    public void Release()
    {
        claim?.Dispose();
        claim = null;
    }

    /// <summary>Deletes the checkpoints of all phases; the folder goes when it is let go of, if nothing else is in it.</summary>
    public void Delete()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        isFinished = true;
        foreach (var file in Directory.EnumerateFiles(folder).Where(CheckpointStore.IsOfACheckpoint).ToList())
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        Release();
        if (isFinished && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder!).Any())
        {
            try
            {
                Directory.Delete(folder!);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another run has begun to use it since.
            }
            catch (DirectoryNotFoundException)
            {
                // Another run has removed it.
            }
        }
    }

    private void Claim(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            claim = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

            // A process that was killed while it wrote leaves its unfinished file behind.
            foreach (var unfinished in Directory.EnumerateFiles(folder, ".*.tmp"))
            {
                File.Delete(unfinished);
            }
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw new CassInputException($"The checkpoint folder '{folder}' is in use by another run; wait for it or choose another folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The checkpoint folder '{folder}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Whether the lock file is open elsewhere: a sharing violation of Windows, or EWOULDBLOCK of Linux and macOS.</summary>
    private static bool IsHeldByAnother(IOException error) => error.HResult is unchecked((int)0x80070020) or 11 or 35;
}
