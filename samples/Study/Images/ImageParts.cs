using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cass;
using Cass.Data;
using Study.Running;

namespace Study.Images;

/// <summary>
/// Which image is in which part: 64 % to train on, 16 % to choose by, 20 % held out, by clusters of near-duplicates. It is worked
/// out once, and kept in the study's folder.
/// </summary>
internal sealed record ImageParts
{
    private const double HeldOutFraction = 0.2;
    private const int Seed = 77;
    private const int MaxDistance = 4;

    public required ImageSource Source { get; init; }

    public required string Fingerprint { get; init; }

    /// <summary>Numbers of the images, in the order of <see cref="ImageSource.Read"/>.</summary>
    public required IReadOnlyList<int> Training { get; init; }

    public required IReadOnlyList<int> Validation { get; init; }

    public required IReadOnlyList<int> HeldOut { get; init; }

    public required IReadOnlyList<bool> CleanTest { get; init; }

    /// <summary>Those that the folder has; otherwise they are worked out and kept there.</summary>
    /// <exception cref="CassInputException">The folder has the parts of other images.</exception>
    public static ImageParts In(StudyFolder folder, ImageSource source)
    {
        if (!File.Exists(folder.Parts))
        {
            var (parts, scored) = Divide(source);
            AtomicFile.WriteText(folder.Scored, JsonSerializer.Serialize(scored, StudyJson.Options));
            AtomicFile.WriteText(folder.Parts, JsonSerializer.Serialize(parts, StudyJson.Options));
            return parts;
        }

        var kept = StudyJson.Read<ImageParts>(folder.Parts);
        return kept.Source == source
            ? kept
            : throw new CassInputException($"'{folder.Path}' has cells of {Describe(kept.Source)}, not of {Describe(source)}; give the same images, or another --output.");
    }

    /// <summary>The images themselves.</summary>
    public StudyImages Load()
    {
        var images = Source.Read();
        var parts = new StudyImages(images.Subset(Training), images.Subset(Validation), images.Subset(HeldOut), Source.ReadTest(), CleanTest, Fingerprint);
        var found = Hash(Source, parts.Training, parts.Validation, parts.HeldOut);
        return string.Equals(found, Fingerprint, StringComparison.Ordinal)
            ? parts
            : throw new CassInputException($"{Describe(Source)} are others than when the study began (fingerprint {found}, not {Fingerprint}); restore them, or give another --output.");
    }

    private static (ImageParts Parts, ScoredImages Scored) Divide(ImageSource source)
    {
        var images = source.Read();
        var search = new DuplicateSearchOptions { MaxDistance = MaxDistance, Fingerprints = new ImageFingerprints() };
        var clusters = DuplicateClusters.Find(images, search);
        if (clusters.Warning is { } warning && source.Folder is not null)
        {
            throw new CassInputException(warning);
        }

        // Phantoms are drawn from one model of a head, so that many resemble each other; each of them is a patient of its own.
        var grouped = source.Folder is null ? images : images.WithGroups(clusters.Groups);
        var (rest, heldOut) = Split(grouped);
        var (training, validation) = Split(rest);
        var numberOf = Enumerable.Range(0, images.Count).ToDictionary(images.NameOf, i => i, StringComparer.Ordinal);
        if (source.Folder is not null)
        {
            var report = LeakageReport.Compare([("training", training), ("validation", validation), ("held-out", heldOut)], search);
            if (!report.IsClean)
            {
                throw new InvalidOperationException("Parts that were divided by clusters of near-duplicates have images in common.");
            }

            // A copy within a part would count twice in its score.
            (validation, heldOut) = (report.WithoutDuplicates("validation"), report.WithoutDuplicates("held-out"));
        }

        var parts = new ImageParts
        {
            Source = source,
            Fingerprint = Hash(source, training, validation, heldOut),
            Training = Numbers(training),
            Validation = Numbers(validation),
            HeldOut = Numbers(heldOut),
            CleanTest = CleanTestOf(source, images, search),
        };
        return (parts, new ScoredImages(parts.Fingerprint, images.Labels.Names, Known(validation), Known(heldOut)));

        KnownImages Known(ImageDataset part) => new(
            string.Concat(Enumerable.Range(0, part.Count).Select(i => part.LabelsOf(i)[0].ToString(CultureInfo.InvariantCulture))),
            [.. Numbers(part).Select(i => source.Folder is null ? i : clusters.ClusterOf[i])]);

        int[] Numbers(ImageDataset part) => [.. Enumerable.Range(0, part.Count).Select(i => numberOf[part.NameOf(i)])];
    }

    private static (ImageDataset Train, ImageDataset Test) Split(ImageDataset images) =>
        images.IsGrouped ? images.SplitByGroup(HeldOutFraction, Seed, stratify: true) : images.Split(HeldOutFraction, Seed);

    private static bool[] CleanTestOf(ImageSource source, ImageDataset images, DuplicateSearchOptions search)
    {
        if (source.ReadTest() is not { } test)
        {
            return [];
        }

        var clean = LeakageReport.Compare([("training", images), ("test", test)], search).WithoutDuplicates("test");
        var names = Enumerable.Range(0, clean.Count).Select(clean.NameOf).ToHashSet(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, test.Count).Select(i => names.Contains(test.NameOf(i)))];
    }

    private static string Hash(ImageSource source, params ReadOnlySpan<ImageDataset> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            foreach (var name in Enumerable.Range(0, part.Count).Select(part.NameOf))
            {
                text.Append(source.PlainName(name)).Append('\n');
            }

            text.Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8];
    }

    private static string Describe(ImageSource source) =>
        (source.Folder is null ? "phantoms" : $"the images of '{source.Folder}'")
        + (source.Limit is { } limit ? $" (limited to {limit})" : string.Empty)
        + (source.TestFolder is null ? string.Empty : $" and of '{source.TestFolder}'");
}
