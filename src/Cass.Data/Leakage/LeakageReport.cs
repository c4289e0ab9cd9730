using System.Globalization;
using CsvHelper;

namespace Cass.Data;

/// <summary>What connects the parts of a split, such as the same scan in training and test images.</summary>
public sealed class LeakageReport
{
    internal LeakageReport(IReadOnlyList<Leak> leaks, int images)
    {
        Leaks = leaks;
        Images = images;
    }

    /// <summary>All connections: the strongest kind of each pair of images, by kind and name; for groups, one pair for each group and pair of parts.</summary>
    public IReadOnlyList<Leak> Leaks { get; }

    /// <summary>Number of images compared.</summary>
    public int Images { get; }

    /// <summary>Whether nothing connects the parts.</summary>
    public bool IsClean => Leaks.Count == 0;

    /// <summary>Compares every image with those of all other parts.</summary>
    /// <param name="parts">The parts by name, at least two.</param>
    /// <param name="maxDistance">Largest number of differing bits, of 64, of images that look alike; 0 to 15, and −1 to leave such images out. Default 2.</param>
    /// <param name="workers">Number of threads; null for the number of processors.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The report.</returns>
    /// <exception cref="CassInputException">There are fewer than two parts, or an image cannot be read.</exception>
    public static LeakageReport Compare(
        IReadOnlyList<(string Name, ImageDataset Images)> parts,
        int maxDistance = 2,
        int? workers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count < 2)
        {
            throw new CassInputException($"A leakage check compares at least two parts, not {parts.Count}.");
        }

        if (maxDistance is < -1 or > 15)
        {
            throw new CassInputException($"The largest distance of near-duplicates is {maxDistance}; it must lie between 0 and 15, or be -1 to leave them out.");
        }

        return new LeakageSearch(parts, maxDistance).Run(workers ?? Environment.ProcessorCount, cancellationToken);
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
}
