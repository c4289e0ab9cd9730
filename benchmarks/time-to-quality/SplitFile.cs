using System.Globalization;
using Cass.Data;

namespace Cass.TimeToQuality.Benchmarks;

/// <summary>Which images both sides train on, with a label at 10 % or at 100 % of the labels, and which are held out.</summary>
internal sealed class SplitFile(IReadOnlyList<SplitFile.Row> rows)
{
    private const string Name = "split.csv";
    private const double HeldOut = 0.2;
    private const int SmallShare = 10;

    /// <summary>All training images, for pretraining.</summary>
    public ImageDataset Training => Of(rows.Where(row => row.Part is "train"));

    public ImageDataset HeldOutImages => Of(rows.Where(row => row.Part is "test"));

    /// <summary>The training images that have a label.</summary>
    /// <param name="share">10 or 100, in percent.</param>
    public ImageDataset Labelled(int share) => Of(rows.Where(row => row.Part is "train" && row.Share <= share));

    public static SplitFile Read(string folder) => new([.. File.ReadLines(Path.Combine(folder, Name)).Skip(1).Select(line => line.Split(','))
        .Select(fields => new Row(fields[0], fields[1], fields[2], int.Parse(fields[3], CultureInfo.InvariantCulture)))]);

    public static void Write(string images, string folder)
    {
        var all = ImageFolder.Read(images);
        var (train, test) = all.WithGroups(DuplicateClusters.Find(all).Groups).SplitByGroup(HeldOut, seed: 77, stratify: true);
        var few = train.SampleStratified(SmallShare / 100.0);
        HashSet<string> small = [.. Enumerable.Range(0, few.Count).Select(few.NameOf)];
        Directory.CreateDirectory(folder);
        File.WriteAllLines(
            Path.Combine(folder, Name),
            ["path,label,part,share", .. Lines(train, "train", path => small.Contains(path) ? SmallShare : 100), .. Lines(test, "test", _ => 100)]);
        Console.WriteLine($"{train.Count} images to train on, {few.Count} of them at {SmallShare} % of the labels; {test.Count} held out");
    }

    private static IEnumerable<string> Lines(ImageDataset part, string name, Func<string, int> share) => Enumerable.Range(0, part.Count)
        .Select(i => FormattableString.Invariant($"{Path.GetFullPath(part.NameOf(i))},{part.Labels[part.LabelsOf(i)[0]]},{name},{share(part.NameOf(i))}"));

    private ImageDataset Of(IEnumerable<Row> part) => ImageDataset.FromImages(
        part.Select(row => ((IImageSource)new ImageFile(row.Path), row.Label)),
        new LabelMap([.. rows.Select(row => row.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]));

    internal sealed record Row(string Path, string Label, string Part, int Share);
}
