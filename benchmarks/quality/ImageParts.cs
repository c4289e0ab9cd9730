using System.Security.Cryptography;
using System.Text;
using Cass.Data;

namespace Cass.Quality.Benchmarks;

/// <summary>
/// The images in three parts, the same in every run: 64 % to train on, 16 % to choose settings by (validation), 20 % for the
/// final figure (test). Near-duplicates are in one part, and each scored image is scored once.
/// </summary>
internal sealed record ImageParts(ImageDataset Training, ImageDataset TrainingAndValidation, ImageDataset Validation, ImageDataset Test, string Fingerprint)
{
    private const double HeldOutFraction = 0.2;
    private const int Seed = 77;

    public static ImageParts Read(string folder)
    {
        var images = ImageFolder.Read(folder);
        var search = new DuplicateSearchOptions { MaxDistance = 4, Fingerprints = new ImageFingerprints() };
        var clusters = DuplicateClusters.Find(images, search);
        if (clusters.Warning is { } warning)
        {
            throw new CassInputException(warning);
        }

        var (rest, test) = images.WithGroups(clusters.Groups).SplitByGroup(HeldOutFraction, Seed, stratify: true);
        var (training, validation) = rest.SplitByGroup(HeldOutFraction, Seed, stratify: true);
        var report = LeakageReport.Compare([("training", training), ("validation", validation), ("test", test)], search);
        if (!report.IsClean)
        {
            throw new InvalidOperationException("Parts that were divided by clusters of near-duplicates have images in common.");
        }

        // A copy within a part would count twice in its score.
        var parts = (Training: training, Validation: report.WithoutDuplicates("validation"), Test: report.WithoutDuplicates("test"));
        return new ImageParts(parts.Training, rest, parts.Validation, parts.Test, Hash(folder, parts.Training, parts.Validation, parts.Test));
    }

    public ImageDataset Trained(TrainedPart part) => part == TrainedPart.All ? TrainingAndValidation : Training;

    public ImageDataset Scored(ScoredPart part) => part == ScoredPart.Test ? Test : Validation;

    public override string ToString() => FormattableString.Invariant(
        $"{Training.Count} training, {Validation.Count} validation and {Test.Count} test images, {Fingerprint}; by class {Classes(Training)}, {Classes(Validation)} and {Classes(Test)}");

    private static string Classes(ImageDataset part) => string.Join("/", part.ClassCounts);

    private static string Hash(string folder, params ReadOnlySpan<ImageDataset> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            foreach (var name in Enumerable.Range(0, part.Count).Select(part.NameOf))
            {
                text.Append(Path.GetRelativePath(folder, name).Replace('\\', '/')).Append('\n');
            }

            text.Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8];
    }
}
