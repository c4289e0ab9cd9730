using System.Globalization;
using BrainMri.CommandLine;
using Cass;
using Cass.Data;

namespace BrainMri.Data;

/// <summary>What is known of images that come up more than once, and what was done about them.</summary>
/// <param name="Images">The images of the run, split and, where asked for, without duplicates.</param>
/// <param name="Found">What the parts had in common after the split.</param>
/// <param name="Clusters">The clusters of near-duplicates that the images were split by; null where each image was drawn alone.</param>
/// <param name="Method">How the images were split, in words.</param>
/// <param name="LeftOut">Images that were left out, by part.</param>
/// <param name="Warnings">What the user should know.</param>
internal sealed record CheckedImages(
    ImageSets Images,
    LeakageReport Found,
    DuplicateClusters? Clusters,
    string Method,
    IReadOnlyDictionary<string, int> LeftOut,
    IReadOnlyList<string> Warnings)
{
    private const string Training = "training";
    private const string Validation = "validation";
    private const string Test = "test";

    /// <summary>Decodes every image once, keeps near-duplicates on one side of the split, and counts those that the parts share.</summary>
    /// <exception cref="CassInputException">An image cannot be read, or the split that was asked for is impossible.</exception>
    public static CheckedImages Run(ImageSets images, RunSettings settings, ImageFingerprints fingerprints, IProgress<int> progress, CancellationToken cancellationToken)
    {
        fingerprints.Read(images.All, progress: progress, cancellationToken: cancellationToken);
        var options = new DuplicateSearchOptions { MaxDistance = settings.NearDistance, Fingerprints = fingerprints };
        var warnings = new List<string>();
        var (sets, clusters, words) = Split(images, settings, options, warnings, cancellationToken);
        var found = LeakageReport.Compare([(Training, sets.Train), (Validation, sets.Validation), (Test, sets.Test)], options, cancellationToken: cancellationToken);
        var remedy = settings.ExcludeDuplicates ? "They are left out." : "--exclude-duplicates leaves them out.";
        warnings.AddRange(found.Warnings().Select(warning => $"{warning} {remedy}"));
        var leftOut = new Dictionary<string, int>(StringComparer.Ordinal);
        if (settings.ExcludeDuplicates)
        {
            sets = sets with { Train = Rest(Training, sets.Train), Validation = Rest(Validation, sets.Validation), Test = Rest(Test, sets.Test) };
        }

        return new CheckedImages(sets, found, clusters, words, leftOut, warnings);

        ImageDataset Rest(string part, ImageDataset whole)
        {
            var rest = found.WithoutDuplicates(part);
            leftOut[part] = whole.Count - rest.Count;
            return rest.Count > 0
                ? rest
                : throw new CassInputException($"--exclude-duplicates leaves no {part} image: all {whole.Count} are duplicates. Give other images, or leave the option out.");
        }
    }

    private static (ImageSets Sets, DuplicateClusters? Clusters, string Words) Split(
        ImageSets images,
        RunSettings settings,
        DuplicateSearchOptions options,
        List<string> warnings,
        CancellationToken cancellationToken)
    {
        if (settings.Split != SplitMethod.Images)
        {
            var near = DuplicateClusters.Find(images.Known, options, cancellationToken: cancellationToken);
            if (settings.Split == SplitMethod.Clusters)
            {
                warnings.AddRange(near.Warning is { } warning ? [warning] : []);
                return (images.SplitBy(near), near, InWords(near));
            }

            if (near.Warning is null && images.TrySplitBy(near) is { } byLooks)
            {
                return (byLooks, near, InWords(near));
            }

            var why = near.Warning ?? "The clusters of near-duplicates are too few to have each class in every part.";
            var equal = DuplicateClusters.Find(images.Known, options with { Depth = DuplicateDepth.Pixels }, cancellationToken: cancellationToken);
            if (images.TrySplitBy(equal) is { } byPixels)
            {
                warnings.Add($"{why} The split keeps only equal images together; --split clusters insists on near-duplicates.");
                return (byPixels, equal, "at random by class, equal images on one side");
            }

            warnings.Add($"{why} The split draws each image alone; --split clusters insists on near-duplicates.");
        }

        return (images, null, "at random by class, each image alone");
    }

    private static string InWords(DuplicateClusters clusters) => string.Create(
        CultureInfo.InvariantCulture,
        $"at random by class, near-duplicates on one side: {clusters.Count:N0} clusters, the largest of {clusters.Largest.Count:N0} images");
}
