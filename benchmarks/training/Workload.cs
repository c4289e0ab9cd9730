using System.Globalization;

namespace Cass.Training.Benchmarks;

/// <summary>What every contender trains: two networks on images of a size, and on what.</summary>
internal sealed record Workload(
    string Cnn,
    string Transformer,
    int Size,
    int Batch,
    int Threads,
    string Device = "cpu",
    NumericPrecision Precision = NumericPrecision.Float32,
    string? Folder = null,
    int Images = 0,
    bool Apart = false)
{
    /// <summary>Both networks, as titles have them.</summary>
    public string Networks => $"{Cnn} + {Transformer}";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Networks}, {Size}x{Size}, batch {Batch}, {Precision}, {Device}, {Threads} threads");

    /// <summary>As arguments, which the peer in Python understands too.</summary>
    public IEnumerable<string> ToArguments()
    {
        List<(string Name, string? Value)> options =
        [
            ("--cnn", Cnn),
            ("--transformer", Transformer),
            ("--size", Size.ToString(CultureInfo.InvariantCulture)),
            ("--batch", Batch.ToString(CultureInfo.InvariantCulture)),
            ("--threads", Threads.ToString(CultureInfo.InvariantCulture)),
            ("--device", Device),
            ("--precision", Precision.ToString().ToLowerInvariant()),
            ("--folder", Folder),
            ("--images", Images.ToString(CultureInfo.InvariantCulture)),
        ];
        return options.Where(o => o.Value is not null).SelectMany(o => new[] { o.Name, o.Value! });
    }
}
