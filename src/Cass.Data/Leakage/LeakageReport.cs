using System.Globalization;
using CsvHelper;

namespace Cass.Data;

/// <summary>What connects the parts of a split, such as the same scan in training and test images.</summary>
/// <remarks>
/// The order of the parts matters to what is counted and left out: of two images that are the same, the one in the later
/// part is the copy. Give the images that are learnt from first, those that are scored last.
/// </remarks>
public sealed class LeakageReport
{
    private const int NamedConflicts = 3;

    private readonly IReadOnlyList<(string Name, ImageDataset Images)> parts;
    private readonly DuplicateSearch search;
    private readonly Lazy<IReadOnlyList<Leak>> leaks;
    private readonly DuplicateMatch?[] strongest;

    private LeakageReport(IReadOnlyList<(string Name, ImageDataset Images)> parts, DuplicateSearch search, int? maxDistance, CancellationToken cancellationToken)
    {
        this.parts = parts;
        this.search = search;
        leaks = new Lazy<IReadOnlyList<Leak>>(() =>
        [
            .. search.Pairs().Select(ToLeak).OrderBy(l => l.Kind).ThenBy(l => l.FirstImage, StringComparer.Ordinal).ThenBy(l => l.SecondImage, StringComparer.Ordinal),
        ]);
        var matches = search.Matches(cancellationToken);
        strongest = new DuplicateMatch?[search.Images];
        for (var image = 0; image < strongest.Length; image++)
        {
            strongest[image] = matches.Select(part => part[image]).Where(match => match is not null).MinBy(match => (match!.Kind, match.Distance));
        }

        Overlaps = [.. Enumerable.Range(1, parts.Count - 1).SelectMany(part => Enumerable.Range(0, part).Select(other => Overlap(part, other, matches[other], maxDistance)))];
        Copies = [.. Enumerable.Range(0, parts.Count).Select(CopiesOf)];
        Conflicts = [.. FindConflicts()];
    }

    /// <summary>
    /// All connections between parts: the strongest kind of each pair of images, by kind and name; for groups, one pair for
    /// each group and pair of parts.
    /// </summary>
    public IReadOnlyList<Leak> Leaks => leaks.Value;

    /// <summary>Number of images compared.</summary>
    public int Images => search.Images;

    /// <summary>Whether nothing connects the parts.</summary>
    public bool IsClean => !search.Pairs().Any();

    /// <summary>How many images of each part are known from each part before it.</summary>
    public IReadOnlyList<PartOverlap> Overlaps { get; }

    /// <summary>How many images each part has more than once.</summary>
    public IReadOnlyList<PartCopies> Copies { get; }

    /// <summary>Equal images with different labels, in one part or in two; each image that differs from the first of its copies, once.</summary>
    public IReadOnlyList<LabelConflict> Conflicts { get; }

    /// <summary>Compares every image with those of all other parts.</summary>
    /// <param name="parts">The parts by name, at least two; those that are learnt from first.</param>
    /// <param name="maxDistance">Largest number of differing bits, of 64, of images that look alike; 0 to 15, and −1 to leave such images out. Default 4.</param>
    /// <param name="workers">Number of threads; null for <see cref="AvailableProcessors.Count"/>.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The report.</returns>
    /// <exception cref="CassInputException">There are fewer than two parts, or an image cannot be read.</exception>
    public static LeakageReport Compare(
        IReadOnlyList<(string Name, ImageDataset Images)> parts,
        int maxDistance = 4,
        int? workers = null,
        CancellationToken cancellationToken = default)
    {
        if (maxDistance is < -1 or > DuplicateSearchOptions.LargestDistance)
        {
            throw new CassInputException($"The largest distance of near-duplicates is {maxDistance}; it must lie between 0 and {DuplicateSearchOptions.LargestDistance}, or be -1 to leave them out.");
        }

        return Compare(
            parts,
            new DuplicateSearchOptions
            {
                Depth = maxDistance < 0 ? DuplicateDepth.Pixels : DuplicateDepth.Looks,
                MaxDistance = Math.Max(0, maxDistance),
                Workers = workers,
            },
            progress: null,
            cancellationToken);
    }

    /// <summary>Compares every image with those of all other parts.</summary>
    /// <param name="parts">The parts by name, at least two; those that are learnt from first.</param>
    /// <param name="options">How far they are compared.</param>
    /// <param name="progress">Told how many images have been read, after each.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The report.</returns>
    /// <exception cref="CassInputException">There are fewer than two parts, the distance is out of range, or an image cannot be read.</exception>
    public static LeakageReport Compare(
        IReadOnlyList<(string Name, ImageDataset Images)> parts,
        DuplicateSearchOptions options,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(options);
        if (parts.Count < 2)
        {
            throw new CassInputException($"A leakage check compares at least two parts, not {parts.Count}.");
        }

        if (parts.GroupBy(part => part.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two parts are called '{twice.Key}'.", nameof(parts));
        }

        return new LeakageReport(
            [.. parts],
            new DuplicateSearch(parts, options, progress, cancellationToken),
            options.Depth == DuplicateDepth.Looks ? options.MaxDistance : null,
            cancellationToken);
    }

    /// <summary>The images of a part that equal or resemble one of an earlier part.</summary>
    /// <param name="part">Name of the part.</param>
    /// <returns>For each, the image of the earlier parts that is most like it; by position.</returns>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    public IReadOnlyList<DuplicateMatch> MatchesOf(string part)
    {
        var number = NumberOf(part);
        return [.. strongest[search.StartOf(number)..search.StartOf(number + 1)].Where(match => match is not null)!];
    }

    /// <summary>
    /// A part without its copies: without images that equal or resemble one of an earlier part; of equal images within the
    /// part only the first, and none where their labels differ.
    /// </summary>
    /// <param name="part">Name of the part.</param>
    /// <returns>What is left, in order; it may be empty.</returns>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    public ImageDataset WithoutDuplicates(string part)
    {
        var number = NumberOf(part);
        var start = search.StartOf(number);
        return parts[number].Images.Where(index => strongest[start + index] is null && IsKept(number, start + index));
    }

    /// <summary>What a user should know, a sentence each: overlaps, copies within a part, labels that contradict each other.</summary>
    /// <returns>The sentences; none where there are no duplicates.</returns>
    public IReadOnlyList<string> Warnings()
    {
        var sentences = new List<string>();
        sentences.AddRange(Overlaps.Where(overlap => overlap.Total > 0).Select(overlap => overlap.ToString()));
        sentences.AddRange(Copies.Where(part => part.Copies > 0).Select(part => part.ToString()));
        if (Conflicts.Count > 0)
        {
            var more = Conflicts.Count > NamedConflicts ? Invariant($", and {Conflicts.Count - NamedConflicts:N0} more") : string.Empty;
            sentences.Add(Invariant($"{Conflicts.Count:N0} {(Conflicts.Count == 1 ? "pair of equal images has" : "pairs of equal images have")} different labels: {string.Join("; ", Conflicts.Take(NamedConflicts))}{more}. At least one label of each pair is wrong."));
        }

        return sentences;
    }

    /// <summary>Writes the connections as a CSV file: kind, parts, images, distance.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    public void WriteCsv(string path) => AtomicFile.Write(path, stream =>
    {
        using var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
        csv.WriteHeader(["kind", "first_part", "first_image", "second_part", "second_image", "distance"]);
        foreach (var leak in Leaks)
        {
            csv.WriteRecord([leak.Kind.ToString(), leak.FirstPart, leak.FirstImage, leak.SecondPart, leak.SecondImage, leak.Distance.ToString(CultureInfo.InvariantCulture)]);
        }
    });

    /// <summary>A summary in one line.</summary>
    /// <returns>How many connections of each kind there are.</returns>
    public override string ToString() => IsClean
        ? $"{Images} images: nothing connects the parts."
        : $"{Images} images: {string.Join(", ", Leaks.GroupBy(l => l.Kind).OrderBy(g => g.Key).Select(g => $"{g.Count()} × {g.Key}"))}.";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private int NumberOf(string part)
    {
        var number = parts.ToList().FindIndex(known => string.Equals(known.Name, part, StringComparison.Ordinal));
        return number >= 0 ? number : throw new ArgumentException($"There is no part '{part}'; the parts are {string.Join(", ", parts.Select(known => known.Name))}.", nameof(part));
    }

    private PartOverlap Overlap(int part, int other, DuplicateMatch?[] matches, int? maxDistance)
    {
        var counts = new int[3];
        foreach (var match in matches.AsSpan(search.StartOf(part)..search.StartOf(part + 1)))
        {
            if (match is not null)
            {
                counts[(int)match.Kind]++;
            }
        }

        return new PartOverlap(parts[part].Name, parts[part].Images.Count, parts[other].Name, counts[0], counts[1], counts[2], maxDistance);
    }

    private PartCopies CopiesOf(int part)
    {
        var (copies, groups) = (0, 0);
        for (var equal = 0; equal < search.Equal.Count; equal++)
        {
            var members = Members(part, equal).Length;
            copies += Math.Max(0, members - 1);
            groups += members > 1 ? 1 : 0;
        }

        return new PartCopies(parts[part].Name, parts[part].Images.Count, copies, groups);
    }

    private IEnumerable<LabelConflict> FindConflicts()
    {
        for (var equal = 0; equal < search.Equal.Count; equal++)
        {
            var members = search.Equal[equal].ToArray();
            foreach (var other in members.Skip(1).DistinctBy(image => string.Join('\n', LabelsOf(image)), StringComparer.Ordinal).Where(image => Differ(members[0], image)))
            {
                yield return new LabelConflict(PartOf(members[0]), NameOf(members[0]), LabelsOf(members[0]), PartOf(other), NameOf(other), LabelsOf(other));
            }
        }
    }

    /// <summary>Whether an image is the first of its copies in its part, and no copy contradicts its labels.</summary>
    private bool IsKept(int part, int image)
    {
        var members = Members(part, search.Equal.GroupOf[image]);
        if (members[0] != image)
        {
            return false;
        }

        foreach (var member in members)
        {
            if (Differ(image, member))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Images of a part that are equal.</summary>
    private ReadOnlySpan<int> Members(int part, int equal)
    {
        var members = search.Equal[equal];
        var from = members.BinarySearch(search.StartOf(part));
        var to = members.BinarySearch(search.StartOf(part + 1));
        return members[(from < 0 ? ~from : from)..(to < 0 ? ~to : to)];
    }

    private bool Differ(int first, int second)
    {
        var (one, other) = (LabelsOf(first), LabelsOf(second));
        return one.Count > 0 && other.Count > 0 && !one.SequenceEqual(other, StringComparer.Ordinal);
    }

    private string PartOf(int image) => parts[search.PlaceOf(image).Part].Name;

    private string NameOf(int image)
    {
        var (part, index) = search.PlaceOf(image);
        return parts[part].Images.NameOf(index);
    }

    private IReadOnlyList<string> LabelsOf(int image)
    {
        var (part, index) = search.PlaceOf(image);
        var dataset = parts[part].Images;
        return dataset.IsLabeled ? [.. dataset.LabelsOf(index).Select(id => dataset.Labels[id]).Order(StringComparer.Ordinal)] : [];
    }

    private Leak ToLeak((LeakageKind Kind, int First, int Second, int Distance) pair) =>
        new(pair.Kind, PartOf(pair.First), NameOf(pair.First), PartOf(pair.Second), NameOf(pair.Second), pair.Distance);
}
