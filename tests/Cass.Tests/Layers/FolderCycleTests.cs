using System.Reflection;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Layers;

/// <summary>Folders of a package are layers: what is above uses what is below, and nothing the other way.</summary>
public sealed class FolderCycleTests
{
    [Theory]
    [InlineData("Cass.Abstractions")]
    [InlineData("Cass.Data")]
    [InlineData("Cass.Explain")]
    [InlineData("Cass.Losses")]
    [InlineData("Cass.Metrics")]
    [InlineData("Cass.ML")]
    [InlineData("Cass.Models")]
    [InlineData("Cass.Onnx")]
    [InlineData("Cass.Serving")]
    [InlineData("Cass.Tensors")]
    [InlineData("Cass.Training")]
    public void No_folder_uses_one_that_uses_it(string package)
    {
        var graph = new FolderGraph(Assembly.Load(package), Path.Combine(PackedPackages.RepositoryRoot, "src", package));
        Assert.NotEqual(0, graph.Count);
        Assert.Empty(graph.Cycle());
    }

    [Fact]
    public void A_cycle_is_found_with_the_types_that_close_it()
    {
        using var folder = new TemporaryFolder();
        foreach (var (layer, declaration) in ((string, string)[])[("Upper", "internal sealed class CycleUpper"), ("Lower", "internal sealed class CycleLower")])
        {
            Directory.CreateDirectory(folder[layer]);
            File.WriteAllText(folder[$"{layer}/Types.cs"], declaration);
        }

        var cycle = new FolderGraph(typeof(CycleUpper).Assembly, folder.Path).Cycle();
        Assert.Equal(["Lower → Upper: CycleLower uses CycleUpper", "Upper → Lower: CycleUpper uses CycleLower"], cycle);
    }
}
