using System.Globalization;

namespace Cass.TimeToQuality.Benchmarks;

/// <summary>What one program measured: for each network and epoch, the seconds since its start and F1 on the held-out images.</summary>
/// <param name="Name">How it trained.</param>
/// <param name="Share">Percent of the labels.</param>
internal sealed record Curve(string Name, int Share, IReadOnlyList<Curve.Point> Points)
{
    private const string Pattern = "*.curve.csv";

    /// <summary>All of a folder, in files named <c>SHARE-NAME.curve.csv</c> with lines <c>network,epoch,seconds,f1</c>.</summary>
    public static IReadOnlyList<Curve> ReadAll(string folder) => [.. Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>
    /// Seconds until both networks have reached an F1. Where they are fine-tuned one after the other, the second one's time counts from where the
    /// first one ended, as if the first had stopped when it was good enough.
    /// </summary>
    /// <returns>Null where one of them never did.</returns>
    public double? SecondsTo(double cnn, double vit)
    {
        var endOfFirst = Points.Where(point => point.Network is "cnn").Max(point => point.Seconds);
        var areAtTheSameTime = Points.First(point => point.Network is "vit").Seconds < endOfFirst;
        return (First("cnn", cnn), First("vit", vit)) is not ({ } first, { } second) ? null
            : areAtTheSameTime ? Math.Max(first, second)
            : first + second - endOfFirst;

        double? First(string network, double f1) => Points.FirstOrDefault(point => string.Equals(point.Network, network, StringComparison.Ordinal) && point.F1 >= f1)?.Seconds;
    }

    private static Curve Read(string file)
    {
        var (share, name) = Path.GetFileName(file)[..^(Pattern.Length - 1)].Split('-', 2) is [var first, var second] ? (first, second) : throw new CassInputException($"'{file}' is not named SHARE-NAME.curve.csv.");
        return new Curve(name, int.Parse(share, CultureInfo.InvariantCulture), [.. File.ReadLines(file).Select(line => line.Split(',')).Select(fields =>
            new Point(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), double.Parse(fields[2], CultureInfo.InvariantCulture), double.Parse(fields[3], CultureInfo.InvariantCulture)))]);
    }

    internal sealed record Point(string Network, int Epoch, double Seconds, double F1);
}
