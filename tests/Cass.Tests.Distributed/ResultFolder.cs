using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Distributed;

/// <summary>A folder that processes write their results to; it goes with the test.</summary>
internal sealed class ResultFolder : IDisposable
{
    /// <summary>Biases begin at 0, and in part have no gradient either.</summary>
    private const double SmallestScale = 1e-4;

    public string Path { get; } = Directory.CreateTempSubdirectory("cass-distributed-").FullName;

    /// <summary>
    /// What has no gradient but rounding, since a batch norm follows, of which Adam makes steps; besides it, the number of progress reports, which
    /// one process alone makes.
    /// </summary>
    private static readonly string[] Arbitrary = ["tiny_vit.norm.bias", "steps"];

    /// <summary>The greatest difference of two results, each tensor's relative to its greatest number; with the name of the tensor.</summary>
    public static (double Difference, string Name) Compare(string path, string other)
    {
        using var scope = NewDisposeScope();
        using var first = SafetensorsFile.Open(path);
        using var second = SafetensorsFile.Open(other);
        Assert.Equal(first.Names.Order(StringComparer.Ordinal), second.Names.Order(StringComparer.Ordinal));
        return first.Names.Except(Arbitrary, StringComparer.Ordinal).Select(name =>
        {
            var (x, y) = (first.Read(name).to(ScalarType.Float64), second.Read(name).to(ScalarType.Float64));
            return (x.sub(y).abs().max().ToDouble() / Math.Max(SmallestScale, x.abs().max().ToDouble()), name);
        }).Max();
    }

    public string Result(string what, int rank = 0) => System.IO.Path.Combine(Path, $"{what}-{rank}.safetensors");

    /// <summary>The numbers of the processes; null before all have begun.</summary>
    public IReadOnlyList<int>? Processes(int count)
    {
        string[] files = [.. Enumerable.Range(0, count).Select(rank => System.IO.Path.Combine(Path, $"pid-{rank}"))];
        return Array.TrueForAll(files, file => File.Exists(file) && new FileInfo(file).Length > 0) ? [.. files.Select(file => int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture))] : null;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
