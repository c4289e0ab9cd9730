using System.Xml.Linq;
using Xunit;

namespace Cass.Tests.Packaging;

[Trait("Category", "Packaging")]
[Collection(PackagingCollection.Name)]
public sealed class PackageContentTests
{
    private readonly PackedPackages packed;

    public PackageContentTests(PackedPackages packed)
    {
        packed.RequireAvailable();
        this.packed = packed;
    }

    [Fact]
    public void Every_library_is_packed()
    {
        var libraries = Directory.GetDirectories(Path.Combine(PackedPackages.RepositoryRoot, "src")).Select(Path.GetFileName);

        Assert.Equal(libraries.Order(StringComparer.Ordinal), packed.Ids);
    }

    [Fact]
    public void Every_package_holds_its_library_documentation_readme_and_symbols() => Assert.All(packed.Ids, id =>
    {
        using var package = packed.Open(id);
        using var symbols = packed.Open(id, "snupkg");
        var names = package.Entries.Select(entry => entry.FullName).ToList();

        Assert.Contains($"lib/net10.0/{id}.dll", names);
        Assert.Contains($"lib/net10.0/{id}.xml", names);
        Assert.Contains("README.md", names);
        Assert.Contains($"lib/net10.0/{id}.pdb", symbols.Entries.Select(entry => entry.FullName));
        Assert.DoesNotContain(names, name => name.EndsWith(".so", StringComparison.Ordinal));
    });

    [Fact]
    public void Every_package_states_its_licence_authors_and_purpose() => Assert.All(packed.Ids, id =>
    {
        var metadata = packed.Metadata(id);

        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.NotEmpty(Value(metadata, "authors"));
        Assert.NotEmpty(Value(metadata, "description"));
        Assert.NotEmpty(Value(metadata, "tags"));
    });

    [Fact]
    public void The_build_targets_travel_with_the_abstractions()
    {
        using var package = packed.Open("Cass.Abstractions");
        var names = package.Entries.Select(entry => entry.FullName).ToList();

        Assert.Contains("buildTransitive/Cass.Abstractions.targets", names);
        Assert.Contains("buildTransitive/PatchLibTorchSharp.cs", names);
    }

    [Fact]
    public void TorchSharp_comes_with_the_abstractions_alone_and_libtorch_with_none() => Assert.All(packed.Ids, id =>
    {
        var dependencies = packed.Dependencies(id);

        Assert.Equal(id is "Cass.Abstractions", dependencies.Contains("TorchSharp"));
        Assert.DoesNotContain(dependencies, name =>
            name.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void TorchVision_comes_with_its_own_package_alone() => Assert.All(packed.Ids, id =>
        Assert.Equal(id is "Cass.TorchVision", packed.Dependencies(id).Contains("TorchVision", StringComparer.Ordinal)));

    [Fact]
    public void Only_training_what_explains_mlnet_and_the_export_know_the_other_packages() => Assert.All(packed.Ids, id =>
    {
        var others = packed.Dependencies(id).Where(name => name.StartsWith("Cass.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        IEnumerable<string> expected = id switch
        {
            "Cass.Abstractions" => [],
            "Cass.Training" => packed.Ids.Where(name => name is not ("Cass.Training" or "Cass.Distributed" or "Cass.Explain" or "Cass.ML" or "Cass.Onnx" or "Cass.OnnxRuntime" or "Cass.TorchVision")),
            "Cass.Distributed" => ["Cass.Abstractions"],
            "Cass.Explain" => ["Cass.Training"],
            "Cass.ML" => ["Cass.Onnx"],
            "Cass.Onnx" => ["Cass.OnnxRuntime", "Cass.Training"],
            "Cass.OnnxRuntime" => ["Cass.Data", "Cass.Serving"],
            "Cass.Serving" => ["Cass.Data"],
            "Cass.Tensors" => ["Cass.Abstractions"],
            "Cass.TorchVision" => ["Cass.Data", "Cass.Models"],
            _ => ["Cass.Tensors"],
        };

        Assert.Equal(expected, others);
    });

    private static string Value(XElement metadata, string name) =>
        metadata.Elements().SingleOrDefault(element => string.Equals(element.Name.LocalName, name, StringComparison.Ordinal))?.Value ?? string.Empty;
}
