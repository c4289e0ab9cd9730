namespace Cass.ML.Benchmarks;

/// <summary>An image of the comparison.</summary>
internal sealed class MeasuredImage
{
    private const string Header = "path,label,part,share";

    /// <summary>Path of the file.</summary>
    public string Path { get; set; } = string.Empty;

    /// <summary>Its class.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Whether it is held out.</summary>
    public bool IsTest { get; set; }

    /// <summary>The smallest share of the labels that it belongs to, in percent; whoever has a larger one has its label too.</summary>
    public int Share { get; set; }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static IReadOnlyList<MeasuredImage> Read(string folder) => [.. File.ReadLines(FileIn(folder)).Skip(1).Select(line => line.Split(','))
        .Select(parts => new MeasuredImage { Path = parts[0], Name = parts[1], IsTest = parts[2] is "test", Share = int.Parse(parts[3], System.Globalization.CultureInfo.InvariantCulture) })];

    /// <summary>Writes the split for every program of the comparison.</summary>
    public static void Write(string folder, IEnumerable<MeasuredImage> images)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(FileIn(folder), [Header, .. images.Select(image => FormattableString.Invariant($"{image.Path},{image.Name},{(image.IsTest ? "test" : "train")},{image.Share}"))]);
    }

    private static string FileIn(string folder) => System.IO.Path.Combine(folder, "split.csv");
}
