using Cass.Data;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>Compares the images of a score with those that were trained on, and says each thing once.</summary>
internal sealed class DuplicateGuard(ILogger logger)
{
    public const string Training = "training";

    private readonly HashSet<string> said = new(StringComparer.Ordinal);

    /// <summary>Remembers images from one check to the next.</summary>
    public ImageFingerprints Fingerprints { get; set; } = new();

    /// <summary>Compares images with training images; warns or fails as the options say.</summary>
    /// <returns>What was found; null where the options leave the check out.</returns>
    public LeakageReport? Check(DuplicateCheckOptions options, ImageDataset training, string name, ImageDataset images, CancellationToken cancellationToken)
    {
        if (options.Compare == DuplicateCheck.None)
        {
            return null;
        }

        var search = new DuplicateSearchOptions
        {
            Depth = options.Compare switch
            {
                DuplicateCheck.Bytes => DuplicateDepth.Bytes,
                DuplicateCheck.Pixels => DuplicateDepth.Pixels,
                _ => DuplicateDepth.Looks,
            },
            MaxDistance = options.MaxDistance,
            Workers = options.Workers == 0 ? null : options.Workers,
            Fingerprints = Fingerprints,
        };
        var report = LeakageReport.Compare([(Training, training), (name, images)], search, progress: null, cancellationToken);
        if (options.Action == DuplicateAction.Fail && report.Overlaps.Any(overlap => overlap.Total > 0))
        {
            var first = report.MatchesOf(name)[0];
            throw new CassInputException(
                $"{report.Overlaps[0]} The first is '{images.NameOf(first.Index)}', known as '{training.NameOf(first.OtherIndex)}'. Leave them out with {nameof(LeakageReport)}.{nameof(LeakageReport.WithoutDuplicates)}, split by {nameof(DuplicateClusters)}, or set DuplicateCheck.Action.");
        }

        foreach (var sentence in options.Action == DuplicateAction.Warn ? report.Warnings() : [])
        {
            if (said.Add(sentence))
            {
                logger.LogWarning("{Duplicates}", sentence);
            }
        }

        return report;
    }
}
