using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>
/// Keeps the record of a run in a folder: <c>settings.json</c>, <c>environment.json</c>, <c>data.json</c>,
/// <c>precision.json</c> where <see cref="NumericPrecision.Auto"/> chose it, every figure in <c>metrics.csv</c>, and TensorBoard's event files.
/// </summary>
internal sealed class RunRecorder : IRunLog
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        IncludeFields = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly string folder;
    private readonly object settings;
    private readonly RunEnvironment environment;
    private readonly ILogger logger;
    private readonly MetricsFile metrics;
    private readonly Dictionary<string, DataManifest> data = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PrecisionChoice> precisions = new(StringComparer.Ordinal);
    private TensorBoardLog? tensorBoard;

    public RunRecorder(string folder, object settings, RunEnvironment environment, ILogger logger)
    {
        this.folder = folder;
        this.settings = settings;
        this.environment = environment;
        this.logger = logger;
        metrics = new MetricsFile(MetricsPath);
    }

    private string MetricsPath => Path.Combine(folder, "metrics.csv");

    private string EventsFolder => Path.Combine(folder, "tensorboard");

    public void Begin(string phase, int? resumedAt)
    {
        // Pretraining that starts anew is a new run, which takes the place of the one that the folder held before.
        var isNewRun = string.Equals(phase, Phases.Pretraining, StringComparison.Ordinal) && resumedAt is null;
        Start(isNewRun);
        Try(MetricsPath, () => metrics.Begin(phase, resumedAt ?? 1, keepOthers: !isNewRun));
    }

    public void Scalar(string phase, string tag, double value, int step)
    {
        tensorBoard!.Scalar(phase, tag, value, step);
        Try(MetricsPath, () => metrics.Add(phase, tag, step, value));
    }

    public void Precision(string phase, PrecisionChoice choice) => Note("precision.json", precisions, phase, choice);

    public void Data(string phase, DataManifest manifest) => Note("data.json", data, phase, manifest);

    public void Dispose() => tensorBoard?.Dispose();

    /// <summary>Writes what is known at the beginning, once: a trainer that is never used leaves nothing behind.</summary>
    private void Start(bool isNewRun)
    {
        if (tensorBoard is not null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteText(Path.Combine(folder, "settings.json"), JsonSerializer.Serialize(settings, settings.GetType(), Json) + "\n");
            AtomicFile.WriteText(Path.Combine(folder, "environment.json"), JsonSerializer.Serialize(environment, Json) + "\n");
            if (isNewRun && Directory.Exists(EventsFolder))
            {
                foreach (var file in Directory.EnumerateFiles(EventsFolder, "events.out.tfevents.*"))
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The record folder '{folder}' cannot be written: {error.Message}", error);
        }

        tensorBoard = new TensorBoardLog(EventsFolder, logger);
    }

    /// <summary>Writes what is known of each phase anew.</summary>
    private void Note<T>(string name, Dictionary<string, T> phases, string phase, T value)
    {
        phases[phase] = value;
        var path = Path.Combine(folder, name);
        Try(path, () => AtomicFile.WriteText(path, JsonSerializer.Serialize(phases, Json) + "\n"));
    }

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
