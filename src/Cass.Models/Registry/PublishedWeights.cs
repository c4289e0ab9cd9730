using System.Globalization;

namespace Cass.Models;

/// <summary>What timm's published weights expect, by model name and training tag.</summary>
internal static class PublishedWeights
{
    private static readonly Lazy<Dictionary<string, Func<BackboneConfiguration, BackboneConfiguration>>> All = new(Read);

    /// <summary>The tags of a model, sorted; empty where none is known.</summary>
    public static IReadOnlyList<string> TagsOf(string model) =>
    [
        .. All.Value.Keys
            .Where(name => name.StartsWith(model + ".", StringComparison.Ordinal))
            .Select(name => name[(model.Length + 1)..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A model's configuration as the weights of a tag want it; null where the tag is unknown.</summary>
    public static BackboneConfiguration? Configure(BackboneConfiguration configuration, string model, string tag) =>
        All.Value.TryGetValue($"{model}.{tag}", out var change) ? change(configuration) with { Tag = tag } : null;

    private static Dictionary<string, Func<BackboneConfiguration, BackboneConfiguration>> Read()
    {
        using var stream = typeof(PublishedWeights).Assembly.GetManifestResourceStream("Cass.Models.PublishedWeights.csv")!;
        using var reader = new StreamReader(stream);
        var all = new Dictionary<string, Func<BackboneConfiguration, BackboneConfiguration>>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split(',');
            var classes = int.Parse(fields[1], CultureInfo.InvariantCulture);
            var size = int.Parse(fields[2], CultureInfo.InvariantCulture);
            var (mean, std) = fields[3] switch
            {
                "imagenet" => (Normalization.ImageNetMean, Normalization.ImageNetStd),
                "half" => (Normalization.Half, Normalization.Half),
                "clip" => (Normalization.ClipMean, Normalization.ClipStd),
                var other => throw new InvalidOperationException($"PublishedWeights.csv: normalisation '{other}'."),
            };
            var crop = double.Parse(fields[4], CultureInfo.InvariantCulture);
            all.Add(fields[0], configuration => configuration with
            {
                InputHeight = size,
                InputWidth = size,
                Mean = mean,
                Std = std,
                CropFraction = crop,
                Interpolation = fields[5],
                NumClasses = classes,
            });
        }

        return all;
    }
}
