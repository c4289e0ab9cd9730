using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>A run's checkpoint folder, held for this process alone while it is in use.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly CheckpointOptions options;
    private readonly ILogger logger;
    private readonly FileStream? claim;

    public CheckpointFolder(CheckpointOptions options, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        if (options.Folder is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(options.Folder);
            claim = new FileStream(Path.Combine(options.Folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

            // A process that was killed while it wrote leaves its unfinished file behind.
            foreach (var unfinished in Directory.EnumerateFiles(options.Folder, ".*.tmp"))
            {
                File.Delete(unfinished);
            }
        }
        catch (IOException error) when (claim is null && File.Exists(Path.Combine(options.Folder, ".lock")))
        {
            throw new CassInputException($"The checkpoint folder '{options.Folder}' is in use by another run; wait for it or choose another folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The checkpoint folder '{options.Folder}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Opens the checkpoints of a phase.</summary>
    /// <param name="phase">Name of the phase, which the files' names begin with.</param>
    /// <param name="settings">What a run that goes on from a checkpoint must have in common with the one that made it.</param>
    /// <returns>What saves the phase, and the checkpoint to go on from, if any.</returns>
    public (Checkpointer Checkpointer, Checkpoint? Resumed) Open(string phase, JsonObject settings)
    {
        if (options.Folder is null)
        {
            return (new Checkpointer(null, null, TimeSpan.MaxValue, logger), null);
        }

        var store = new CheckpointStore(options.Folder, phase, settings, options, logger);
        if (!options.Resume)
        {
            store.Clear();
        }

        var resumed = store.LoadNewest();
        if (resumed is not null)
        {
            logger.LogWarning("Going on from '{Path}' (epoch {Epoch}, batch {Batch}).", resumed.Path, resumed.Position.Epoch, resumed.Position.Batch);
        }

        return (new Checkpointer(store, Path.Combine(options.Folder, phase + "-failure.json"), TimeSpan.FromMinutes(options.EveryMinutes), logger), resumed);
    }

    public static JsonNode Describe(object settings) => JsonSerializer.SerializeToNode(settings, settings.GetType(), Json)!;

    public static JsonNode DescribeHistory<T>(IReadOnlyList<T> history) => JsonSerializer.SerializeToNode(history, Json)!;

    public static T Read<T>(JsonNode node) => node.Deserialize<T>(Json)!;

    public void Dispose() => claim?.Dispose();
}
