using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cass.Models;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// The checkpoints of one phase of a run: for each, a safetensors file with the tensors and a JSON file with the rest.
/// The JSON file is written last and carries the hash of both, so that a half-written or damaged checkpoint is known
/// for what it is.
/// </summary>
internal sealed class CheckpointStore(string folder, string phase, JsonObject settings, CheckpointOptions options, ILogger logger)
{
    private const string Number = "00000-0000000";
    private const int FormatVersion = 1;

    /// <summary>The setting that stands for the weights that a phase starts from.</summary>
    public const string InitialWeights = nameof(InitialWeights);

    /// <summary>The setting that stands for the numbers that are computed with.</summary>
    public const string Precision = nameof(Precision);

    private static readonly string[] AddedLater = [InitialWeights, CallersSchedule.RatesSetting];

    internal static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Dictionary<string, double> scores = new(StringComparer.Ordinal);
    private RunPosition? newest;

    public void Save(RunState state)
    {
        // What is there already is the same; writing over it would be a moment without it.
        if (state.Position == newest)
        {
            return;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{phase}-{state.Position.Epoch:D5}-{state.Position.Batch:D7}");
        var tensors = Path.Combine(folder, name + ".safetensors");
        SafetensorsFile.Write(tensors, state.Tensors, metadata: null);
        var content = new JsonObject
        {
            ["format"] = FormatVersion,
            ["phase"] = phase,
            ["epoch"] = state.Position.Epoch,
            ["batch"] = state.Position.Batch,
            ["step"] = state.Position.Step,
            ["score"] = state.Score is { } score && double.IsFinite(score) ? score : null,
            ["versions"] = CheckpointFolder.Describe(RunVersions.Present),
            ["settings"] = settings.DeepClone(),
            ["figures"] = state.Figures.DeepClone(),
            ["tensors_xxh128"] = FileHash.Of(tensors),
        };
        var envelope = new JsonObject { ["xxh128"] = HashOf(content), ["checkpoint"] = content };
        var path = Path.Combine(folder, name + ".json");
        AtomicFile.WriteText(path, envelope.ToJsonString(Indented) + "\n");
        newest = state.Position;
        Note(path, state.Score);
        RemoveOld();
    }

    /// <summary>The newest checkpoint that is whole; null where there is none.</summary>
    /// <exception cref="CheckpointMismatchException">It was made with other settings; the message lists the differences.</exception>
    public Checkpoint? LoadNewest()
    {
        foreach (var path in Files().Reverse())
        {
            try
            {
                var checkpoint = Read(path);
                newest = checkpoint.Position;
                NoteOthers();
                RemoveOrphans();
                return checkpoint;
            }
            catch (Exception error) when (IsDamage(error))
            {
                logger.LogWarning("The checkpoint '{Path}' is damaged and is passed over: {Reason}", path, error.Message);
                SetAside(path);
            }
        }

        return null;
    }

    /// <summary>Refuses the newest checkpoint that can be read where it was made with other settings; changes nothing.</summary>
    /// <param name="unknown">Settings that are not compared.</param>
    /// <exception cref="CheckpointMismatchException">It was; the message lists the differences.</exception>
    public void RequireResumable(IReadOnlyList<string> unknown)
    {
        if (Newest(folder, phase) is var (path, saved))
        {
            RequireSameSettings(path, saved, unknown);
        }
    }

    /// <summary>The settings of the newest checkpoint that can be read; null where there is none.</summary>
    public static JsonObject? NewestSettings(string folder, string phase) => Newest(folder, phase)?.Settings;

    /// <summary>Whether a folder has a checkpoint of a phase, whole or damaged.</summary>
    public static bool AreIn(string folder, string phase) => Files(folder, phase).Any();

    /// <summary>Whether a file is part of a checkpoint of any phase, whole or damaged.</summary>
    public static bool IsOfACheckpoint(string path)
    {
        var name = Path.GetFileName(path);
        name = name.EndsWith(".damaged", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(name) : name;
        return Path.GetExtension(name) is ".json" or ".safetensors"
            && Path.GetFileNameWithoutExtension(name) is { } stem
            && stem.Length > Number.Length
            && IsNumber(stem.AsSpan(stem.Length - Number.Length));
    }

    /// <summary>Removes all checkpoints of the phase, whose places would else come after those of a run that starts again.</summary>
    public void Clear()
    {
        foreach (var path in Files().ToList())
        {
            File.Delete(path);
            File.Delete(Path.ChangeExtension(path, ".safetensors"));
        }

        RemoveOrphans();
    }

    private static (string Path, JsonObject Settings)? Newest(string folder, string phase)
    {
        foreach (var path in Files(folder, phase).Reverse())
        {
            try
            {
                return (path, (JsonObject)ReadContent(path)["settings"]!);
            }
            catch (Exception error) when (IsDamage(error))
            {
                continue;
            }
        }

        return null;
    }

    private static string HashOf(JsonNode content) => FileHash.Of(Encoding.UTF8.GetBytes(content.ToJsonString()));

    private IEnumerable<string> Files() => Files(folder, phase);

    private static IEnumerable<string> Files(string folder, string phase) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, phase + "-*.json").Where(path => IsOf(phase, path)).Order(StringComparer.Ordinal)
        : [];

    private static bool IsOf(string phase, string path) => IsNumber(Path.GetFileNameWithoutExtension(path).AsSpan(phase.Length + 1));

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        text.Length == Number.Length && text[5] == '-' && long.TryParse($"{text[..5]}{text[6..]}", NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>Removes tensors whose JSON file was never written.</summary>
    private void RemoveOrphans()
    {
        foreach (var tensors in Directory.EnumerateFiles(folder, phase + "-*.safetensors").Where(path => IsOf(phase, path)).ToList())
        {
            if (!File.Exists(Path.ChangeExtension(tensors, ".json")))
            {
                File.Delete(tensors);
            }
        }
    }

    private static bool IsDamage(Exception error) =>
        error is IOException or JsonException or InvalidDataException or InvalidOperationException or FormatException or UnauthorizedAccessException;

    private static JsonObject ReadContent(string path)
    {
        var envelope = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new InvalidDataException("it is not a JSON object.");
        var content = envelope["checkpoint"] as JsonObject ?? throw new InvalidDataException("it has no content.");
        if (!string.Equals((string?)envelope["xxh128"], HashOf(content), StringComparison.Ordinal))
        {
            throw new InvalidDataException("its hash does not match.");
        }

        return content;
    }

    private Checkpoint Read(string path)
    {
        var content = ReadContent(path);
        var tensorsPath = Path.ChangeExtension(path, ".safetensors");
        if (!File.Exists(tensorsPath) || !string.Equals((string?)content["tensors_xxh128"], FileHash.Of(tensorsPath), StringComparison.Ordinal))
        {
            throw new InvalidDataException($"the hash of '{Path.GetFileName(tensorsPath)}' does not match.");
        }

        var saved = (JsonObject)content["settings"]!;
        RequireSameSettings(path, saved, unknown: []);
        foreach (var name in LackingIn(saved))
        {
            // The run began without it; what it would be now may differ each time.
            settings.Remove(name);
        }

        using var file = SafetensorsFile.Open(tensorsPath);
        var tensors = file.Names.ToDictionary(name => name, name => file.Read(name).DetachFromDisposeScope(), StringComparer.Ordinal);
        return new Checkpoint(
            path,
            new RunPosition((int)content["epoch"]!, (int)content["batch"]!, (long)content["step"]!),
            tensors,
            (JsonObject)content["figures"]!.DeepClone());
    }

    private void RequireSameSettings(string path, JsonObject saved, IReadOnlyList<string> unknown)
    {
        if (SettingDifferences.Between(saved, settings, [.. unknown, .. LackingIn(saved)]) is { Count: > 0 } differences)
        {
            throw new CheckpointMismatchException(path, differences);
        }
    }

    /// <summary>Settings that checkpoints of earlier versions do not know: what they lack is not compared.</summary>
    private static IEnumerable<string> LackingIn(JsonObject saved) => AddedLater.Where(name => !saved.ContainsKey(name));

    /// <summary>Keeps a damaged checkpoint out of the count of good ones, without throwing it away.</summary>
    private void SetAside(string path)
    {
        try
        {
            foreach (var file in (string[])[path, Path.ChangeExtension(path, ".safetensors")])
            {
                if (File.Exists(file))
                {
                    File.Move(file, file + ".damaged", overwrite: true);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The damaged checkpoint '{Path}' could not be renamed: {Reason}", path, error.Message);
        }
    }

    private void Note(string path, double? score)
    {
        if (score is { } value && double.IsFinite(value))
        {
            scores[path] = value;
        }
    }

    private void NoteOthers()
    {
        foreach (var path in Files())
        {
            try
            {
                Note(path, (double?)JsonNode.Parse(File.ReadAllText(path))?["checkpoint"]?["score"]);
            }
            catch (Exception error) when (error is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
            {
                logger.LogDebug("'{Path}' has no score that can be read: {Reason}", path, error.Message);
            }
        }
    }

    private void RemoveOld()
    {
        var best = options.KeepBest && scores.Count > 0 ? scores.MaxBy(entry => entry.Value).Key : null;
        foreach (var path in Files().Reverse().Skip(options.KeepLast).Where(path => !string.Equals(path, best, StringComparison.Ordinal)).ToList())
        {
            scores.Remove(path);

            // The JSON file first: without it the tensors are no checkpoint.
            File.Delete(path);
            File.Delete(Path.ChangeExtension(path, ".safetensors"));
        }
    }
}
