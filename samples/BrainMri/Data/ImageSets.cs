using System.Text;
using BrainMri.CommandLine;
using BrainMri.Phantoms;
using Cass;
using Cass.Data;

namespace BrainMri.Data;

/// <summary>The images of a run: what the networks train on, are chosen by, and are scored on.</summary>
/// <param name="Description">What they are, in words.</param>
/// <param name="Synthetic">Whether they are phantoms.</param>
/// <param name="Train">Training images: all of them for pretraining, a share of their labels for fine-tuning.</param>
/// <param name="Validation">Images that the best epoch is chosen by.</param>
/// <param name="Test">Images that only the final scores are computed on.</param>
internal sealed record ImageSets(string Description, bool Synthetic, ImageDataset Train, ImageDataset Validation, ImageDataset Test)
{
    private const double HeldBack = 0.2;

    private static readonly ImageDecodingOptions Decoding = new() { Names = OptionNames.OfSettings };

    /// <summary>The images that are split: all, but for test images of their own.</summary>
    public required ImageDataset Known { get; init; }

    /// <summary>Every image of the run.</summary>
    public IReadOnlyList<IImageSource> All => HasOwnTest ? [.. Known.Images, .. Test.Images] : Known.Images;

    /// <summary>Whether the test images were given, and not held back from the others.</summary>
    public required bool HasOwnTest { get; init; }

    /// <summary>Seed of the splits.</summary>
    public required long Seed { get; init; }

    /// <summary>Reads the images that the settings name, or draws phantoms, and splits them.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="warn">Takes what was noticed in reading that is likely to be a mistake, before the images are looked at further.</param>
    /// <exception cref="CassInputException">They cannot be used; the message says why.</exception>
    public static ImageSets Read(RunSettings settings, Action<string> warn)
    {
        if (settings.Data is null)
        {
            var phantoms = PhantomDataset.Create(settings.Phantoms);
            return Split($"{settings.Phantoms:N0} phantoms (synthetic: drawn by code, no patient's)", synthetic: true, phantoms, test: null, settings.Seed);
        }

        var images = Read(settings.Data, "--data", settings.Encoding, labels: null, warn);
        if (images.Labels.Count < 2)
        {
            throw new CassInputException($"--data '{settings.Data}' has one class only, '{images.Labels[0]}'; at least two are needed.");
        }

        if (images.Count < 20)
        {
            throw new CassInputException($"--data '{settings.Data}' has {images.Count} images; at least 20 are needed, to hold some back for validation and test. Give more images.");
        }

        var test = settings.Test is null ? null : Read(settings.Test, "--test", settings.Encoding, images.Labels, warn);
        new ClassShortage($"--data '{settings.Data}'", HeldBack, settings.Seed, test is not null).RequireNone(images);
        return Split($"{settings.Data}: {images.Count:N0} images", synthetic: false, images, test, settings.Seed);
    }

    /// <summary>The same images, split so that those of one cluster are on one side.</summary>
    /// <exception cref="CassInputException">A class has too few clusters to be in every part.</exception>
    public ImageSets SplitBy(DuplicateClusters clusters)
    {
        var (train, heldBack) = Known.WithGroups(clusters.Groups).SplitByGroup(HeldBack, Seed, stratify: true);
        try
        {
            var (validation, test) = HasOwnTest ? (heldBack, Test) : heldBack.SplitByGroup(testFraction: 0.5, Seed, stratify: true);
            return this with { Train = train, Validation = validation, Test = test };
        }
        catch (CassInputException error)
        {
            // Its numbers are those of the part that is held back, which nobody has seen.
            throw new CassInputException(
                $"The {clusters.Count:N0} clusters of near-duplicates are too few to have each class in the training, the validation and the test part, without one on two sides. Give more images, or test images of their own with --test, or --split auto.", error);
        }
    }

    /// <summary>The same, or null where a class has too few clusters to be in every part.</summary>
    public ImageSets? TrySplitBy(DuplicateClusters clusters)
    {
        try
        {
            return SplitBy(clusters);
        }
        catch (CassInputException)
        {
            return null;
        }
    }

    /// <summary>How many images each class has in each set.</summary>
    public IReadOnlyList<Results.ClassCount> ClassCounts() =>
    [
        .. Enumerable.Range(0, Train.Labels.Count)
            .Select(id => new Results.ClassCount(Train.Labels[id], id, Train.ClassCounts[id], Validation.ClassCounts[id], Test.ClassCounts[id])),
    ];

    private static ImageSets Split(string description, bool synthetic, ImageDataset images, ImageDataset? test, long seed)
    {
        var (train, heldBack) = images.Split(HeldBack, seed, stratify: true);
        var (validation, ownTest) = test is null ? heldBack.Split(testFraction: 0.5, seed, stratify: true) : (heldBack, test);
        return new ImageSets(description, synthetic, train, validation, ownTest) { Known = images, HasOwnTest = test is not null, Seed = seed };
    }

    private static ImageDataset Read(string path, string option, Encoding? encoding, LabelMap? labels, Action<string> warn)
    {
        var images = Read(path, option, encoding, labels);
        foreach (var warning in images.Warnings)
        {
            warn(warning);
        }

        return images;
    }

    private static ImageDataset Read(string path, string option, Encoding? encoding, LabelMap? labels)
    {
        if (Directory.Exists(path))
        {
            return ImageFolder.Read(path, new ImageFolderOptions { Labels = labels, Names = OptionNames.OfSettings, Decoding = Decoding });
        }

        if (File.Exists(path))
        {
            return CsvManifest.Read(path, new CsvManifestOptions { Labels = labels, Encoding = encoding, Names = OptionNames.OfSettings, Decoding = Decoding });
        }

        throw new CassInputException($"{option} '{path}' does not exist; give a folder with one sub-folder per class, or a CSV manifest.");
    }
}
