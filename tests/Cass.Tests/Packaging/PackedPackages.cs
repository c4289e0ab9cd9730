using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;
using Cass.Tests.Native;
using Xunit;

namespace Cass.Tests.Packaging;

/// <summary>Packs every package, under a version that exists nowhere else, into a folder of its own.</summary>
public sealed class PackedPackages : IDisposable
{
    private readonly string unavailable;

    public PackedPackages()
    {
        Folder = Directory.CreateTempSubdirectory("cass-packages-").FullName;
        Version = string.Create(CultureInfo.InvariantCulture, $"0.0.0-test.{Guid.NewGuid():N}");
        var packed = DotNetCommand.Build(
            RepositoryRoot,
            "pack",
            "eng/Packages.slnf",
            "--configuration",
            "Release",
            "--output",
            Packages,
            $"-p:Version={Version}",
            "-p:UseArtifactsOutput=true",
            $"-p:ArtifactsPath={Path.Combine(Folder, "artifacts")}",
            "-p:MinVerSkip=true",
            "-p:RunAnalyzers=false");
        unavailable = packed.LacksPackages ? "The package sources cannot be reached: " + packed.Output : string.Empty;
        Assert.True(packed.ExitCode == 0 || packed.LacksPackages, packed.Output);
    }

    public static string RepositoryRoot => TorchSharpPackage.BuildValue("RepositoryRoot");

    public string Folder { get; }

    public string Packages => Path.Combine(Folder, "packages");

    public string Version { get; }

    public void RequireAvailable() => Assert.SkipWhen(unavailable.Length > 0, unavailable);

    public IReadOnlyList<string> Ids => [.. Directory
        .GetFiles(Packages, "*.nupkg")
        .Select(file => Path.GetFileName(file)[..^$".{Version}.nupkg".Length])
        .Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal ZipArchive Open(string id, string extension = "nupkg") =>
        ZipFile.OpenRead(Path.Combine(Packages, $"{id}.{Version}.{extension}"));

    internal XElement Metadata(string id)
    {
        using var package = Open(id);
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName is "metadata");
    }

    internal IReadOnlyList<string> Dependencies(string id) => [.. Metadata(id)
        .Descendants()
        .Where(element => element.Name.LocalName is "dependency")
        .Select(element => element.Attribute("id")!.Value)];
}
