using System.Runtime.InteropServices;
using Cass.Tests.Native;
using Xunit;

namespace Cass.Tests.Packaging;

/// <summary>An application outside the repository that references Cass.Training and nothing else of CASS.</summary>
internal sealed class ConsumerProject : IDisposable
{
    private const string Program = """
        using Cass;
        using TorchSharp;

        try
        {
            TorchBackend.EnsureLoaded();
        }
        catch (CassException exception)
        {
            Console.WriteLine(exception.Message);
            return 2;
        }

        using var linear = torch.nn.Linear(3, 1);
        using var optimizer = torch.optim.SGD(linear.parameters(), 0.01);
        float Step()
        {
            using var scope = torch.NewDisposeScope();
            optimizer.zero_grad();
            var loss = (linear.forward(torch.ones(4, 3)) - 5).pow(2).mean();
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }

        var before = Step();
        var after = Step();
        Console.WriteLine(after < before ? "the loss fell" : $"the loss went from {before} to {after}");
        return after < before ? 0 : 1;
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("cass-consumer-").FullName;

    public ConsumerProject(PackedPackages packed, bool withBackend = true)
    {
        Write("nuget.config", PackageSources(packed));
        Write("app/Consumer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Cass.Training" Version="{packed.Version}" />
                {(withBackend ? Backend : string.Empty)}
              </ItemGroup>
            </Project>
            """);
        Write("app/Program.cs", Program);
    }

    /// <summary>The text of a nuget.config: the machine's cache serves what it has, and what is under test does not enter it.</summary>
    public static string PackageSources(PackedPackages packed) => $"""
        <configuration>
          <config>
            <add key="globalPackagesFolder" value="{Path.Combine(packed.Folder, "cache")}" />
          </config>
          <fallbackPackageFolders>
            <add key="machine" value="{TorchSharpPackage.BuildValue("NuGetPackageRoot")}" />
          </fallbackPackageFolders>
          <packageSources>
            <add key="packages-under-test" value="{packed.Packages}" />
          </packageSources>
        </configuration>
        """;

    public static string Backend => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64
        ? """<PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />"""
        : $"""<PackageReference Include="TorchSharp-cpu" Version="{TorchSharpPackage.BuildValue("TorchSharpVersion")}" />""";

    public string BuildOutput(string? runtimeIdentifier = null) =>
        Path.Combine(folder, "app/bin/Release/net10.0", runtimeIdentifier ?? string.Empty);

    public string PublishOutput => Path.Combine(folder, "published");

    /// <summary>TorchSharp's library for Linux in a folder, wherever in it the kind of build puts it.</summary>
    public static string? LinuxLibraryIn(string folder) => Directory.Exists(folder)
        ? Directory.GetFiles(folder, "libLibTorchSharp.so", SearchOption.AllDirectories).SingleOrDefault()
        : null;

    public void Build(params string[] arguments)
    {
        var built = Try(arguments);
        Assert.SkipWhen(built.LacksPackages, "The package sources cannot be reached: " + built.Output);
        Assert.True(built.ExitCode == 0, built.Output);
    }

    /// <summary>Builds, and says what came of it.</summary>
    public DotNetCommand.Result Try(params string[] arguments) => DotNetCommand.Build(Path.Combine(folder, "app"), [.. arguments, "--configuration", "Release"]);

    public DotNetCommand.Result Run(string output) => DotNetCommand.Run(
        folder,
        [Path.Combine(output, "Consumer.dll")],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // TorchSharp looks for a missing libtorch in the package cache, which a deployed application does not have.
            ["NUGET_PACKAGES"] = Path.Combine(folder, "no-packages"),
            ["HOME"] = folder,
        });

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
