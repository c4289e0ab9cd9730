using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cass.Data;

namespace Cass.Training;

/// <summary>
/// What came of a run, for people: <c>report.html</c>, which needs nothing beside it, and <c>report.md</c> with its charts in
/// <c>charts/</c>. Curves, confusion matrices, classes with confidence intervals, signs of collapse, and predictions right
/// and wrong as pictures.
/// </summary>
/// <remarks>The pictures are of the test images: a report of patients' images is to be kept like the images themselves.</remarks>
public sealed class RunReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>What stands on top. Default <c>CASS</c>.</summary>
    public string Title { get; init; } = "CASS";

    /// <summary>A note below the title, such as where the images come from; none where null.</summary>
    public string? Note { get; init; }

    /// <summary>The settings of the run.</summary>
    public required CassOptions Options { get; init; }

    /// <summary>What it ran on.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>How pretraining went; empty where there was none.</summary>
    public IReadOnlyList<PretrainingEpoch> Pretraining { get; init; } = [];

    /// <summary>The fine-tuned networks.</summary>
    public IReadOnlyList<NetworkReport> Networks { get; init; } = [];

    /// <summary>Sections of the program's own after those of the networks, such as heat maps. Their pictures are in <c>report.html</c> alone.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    /// <summary>What the images of the run have in common, such as test images that are training images; null where that was not looked for.</summary>
    public LeakageReport? Duplicates { get; init; }

    /// <summary>Writes <c>report.html</c>, <c>report.md</c> and <c>charts/</c>, each whole or not at all.</summary>
    /// <param name="folder">The folder; created where it is missing. Files of those names are replaced.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var charts = RunCharts.Of(this);
        foreach (var (name, chart) in charts)
        {
            AtomicFile.WriteText(Path.Combine(folder, "charts", name + ".svg"), chart.ToSvg());
        }

        AtomicFile.WriteText(Path.Combine(folder, "report.md"), MarkdownReport.Write(this, charts));
        AtomicFile.WriteText(Path.Combine(folder, "report.html"), HtmlReport.Write(this, charts));
    }

    /// <summary>Every setting by its full name.</summary>
    internal IEnumerable<(string Name, string Value)> Settings() => Leaves(JsonSerializer.SerializeToNode(Options, Json), string.Empty);

    internal IEnumerable<(string Name, string Value)> Machine() => Leaves(JsonSerializer.SerializeToNode(Environment, Json), string.Empty);

    private static IEnumerable<(string Name, string Value)> Leaves(JsonNode? node, string path) => node is JsonObject fields
        ? fields.SelectMany(field => Leaves(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}"))
        : [(path, node is null ? "–" : node.ToString().ReplaceLineEndings(" "))];
}
