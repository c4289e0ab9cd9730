using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>
/// Keeps the record of a run in a folder: <c>settings.json</c>, <c>environment.json</c>, <c>data.json</c>, every figure in
/// <c>metrics.csv</c>, and TensorBoard's event files.
/// </summary>
internal sealed class RunRecorder : IRunLog
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly string folder;
    private readonly CassOptions options;
    private readonly RunEnvironment environment;
    private readonly ILogger logger;
    private TensorBoardLog? tensorBoard;
    private readonly Dictionary<string, DataManifest> data = new(StringComparer.Ordinal);
    private readonly string metrics;

    public RunRecorder(string folder, CassOptions options, RunEnvironment environment, ILogger logger)
    {
        this.folder = folder;
        this.options = options;
        this.environment = environment;
        this.logger = logger;
        metrics = Path.Combine(folder, "metrics.csv");
    }

    public void Scalar(string tag, double value, int step)
    {
        Start().Scalar(tag, value, step);
        Try(metrics, () => File.AppendAllText(metrics, string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:O},{Quoted(tag)},{step},{value:R}\n")));
    }

    public void Data(string phase, DataManifest manifest)
    {
        Start();
        data[phase] = manifest;
        var path = Path.Combine(folder, "data.json");
        Try(path, () => AtomicFile.WriteText(path, JsonSerializer.Serialize(data, Json) + "\n"));
    }

    public void Dispose() => tensorBoard?.Dispose();

    /// <summary>Writes what is known at the beginning, once: a trainer that is never used leaves nothing behind.</summary>
    private TensorBoardLog Start()
    {
        if (tensorBoard is not null)
        {
            return tensorBoard;
        }

        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteText(Path.Combine(folder, "settings.json"), JsonSerializer.Serialize(options, Json) + "\n");
            AtomicFile.WriteText(Path.Combine(folder, "environment.json"), JsonSerializer.Serialize(environment, Json) + "\n");
            if (!File.Exists(metrics))
            {
                AtomicFile.WriteText(metrics, "time,metric,epoch,value\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The record folder '{folder}' cannot be written: {error.Message}", error);
        }

        return tensorBoard = new TensorBoardLog(Path.Combine(folder, "tensorboard"));
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    /// <summary>A record that cannot be written is not worth the run.</summary>
    private void Try(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("'{Path}' could not be written, and the run goes on: {Reason}", path, error.Message);
        }
    }
}
