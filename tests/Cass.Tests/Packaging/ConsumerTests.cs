using System.Runtime.InteropServices;
using Cass.Build;
using Cass.Tests.Native;
using Xunit;

namespace Cass.Tests.Packaging;

[Trait("Category", "Packaging")]
[Collection(PackagingCollection.Name)]
public sealed class ConsumerTests
{
    private readonly PackedPackages packed;

    public ConsumerTests(PackedPackages packed)
    {
        packed.RequireAvailable();
        this.packed = packed;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("linux-x64")]
    public void An_application_that_references_Cass_Training_trains_where_it_is_built_and_where_it_is_published(string? runtimeIdentifier)
    {
        using var consumer = new ConsumerProject(packed);
        string[] runtime = runtimeIdentifier is null ? [] : ["--runtime", runtimeIdentifier, "--no-self-contained"];

        consumer.Build(["build", .. runtime]);
        consumer.Build(["publish", .. runtime, "--output", consumer.PublishOutput]);

        foreach (var output in new[] { consumer.BuildOutput(runtimeIdentifier), consumer.PublishOutput })
        {
            AssertPatched(output);
            Assert.SkipUnless(runtimeIdentifier is null || RunsHere(runtimeIdentifier), $"Built; {runtimeIdentifier} does not run here.");
            var run = consumer.Run(output);
            Assert.True(run.ExitCode == 0, run.Output);
            Assert.Contains("the loss fell", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_application_without_a_backend_is_told_which_package_to_add_and_builds_incrementally()
    {
        using var consumer = new ConsumerProject(packed, withBackend: false);
        consumer.Build("build");
        AssertPatched(consumer.BuildOutput());
        var builtAt = File.GetLastWriteTimeUtc(ConsumerProject.LinuxLibraryIn(consumer.BuildOutput())!);

        var run = consumer.Run(consumer.BuildOutput());
        Assert.True(run.ExitCode == 2, run.Output);
        Assert.Contains("add one backend package to the application's project, TorchSharp-cpu", run.Output, StringComparison.Ordinal);

        AssertWarnsOfTrimming(consumer);
        AssertBuildsIncrementallyAndCleans(consumer, builtAt);
        AssertCanBeSwitchedOff(consumer);
    }

    private static void AssertWarnsOfTrimming(ConsumerProject consumer)
    {
        foreach (var property in (string[])["PublishTrimmed", "PublishAot"])
        {
            Assert.Contains("CASS0004", consumer.Try("build", "--no-restore", "-t:CassWarnOfTrimming", $"-p:{property}=true").Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("CASS0004", consumer.Try("build", "--no-restore", "-t:CassWarnOfTrimming").Output, StringComparison.Ordinal);
    }

    private static void AssertBuildsIncrementallyAndCleans(ConsumerProject consumer, DateTime builtAt)
    {
        consumer.Build("build", "--no-restore");
        Assert.Equal(builtAt, File.GetLastWriteTimeUtc(ConsumerProject.LinuxLibraryIn(consumer.BuildOutput())!));

        consumer.Build("clean");
        Assert.Null(ConsumerProject.LinuxLibraryIn(consumer.BuildOutput()));
    }

    private static void AssertCanBeSwitchedOff(ConsumerProject consumer)
    {
        consumer.Build("build", "--no-restore", "-p:CassPatchLibTorchSharp=false");
        Assert.Equal(
            File.ReadAllBytes(TorchSharpPackage.LinuxLibrary),
            File.ReadAllBytes(ConsumerProject.LinuxLibraryIn(consumer.BuildOutput())!));
    }

    private static void AssertPatched(string output)
    {
        var library = ConsumerProject.LinuxLibraryIn(output);
        Assert.NotNull(library);
        Assert.Equal(GlibcxxVersionPatch.Outcome.AlreadyPatched, GlibcxxVersionPatch.Apply(File.ReadAllBytes(library)));
        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Apply(File.ReadAllBytes(TorchSharpPackage.LinuxLibrary)));
    }

    private static bool RunsHere(string runtimeIdentifier) =>
        runtimeIdentifier is "linux-x64" && OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64;
}
