using Cass.Build;
using TorchSharp;
using Xunit;

namespace Cass.Tests.Native;

public sealed class TorchBackendTests
{
    [Fact]
    public void Loads_once_from_many_threads()
    {
        Parallel.For(0, 32, _ => TorchBackend.EnsureLoaded());

        TorchBackend.EnsureLoaded();
    }

    [Fact]
    public void Tensors_compute_after_loading()
    {
        TorchBackend.EnsureLoaded();
        using var scope = torch.NewDisposeScope();

        Assert.Equal(6.0, torch.ones(2, 3, dtype: torch.float64).sum().item<double>());
    }

    [Fact]
    public void The_build_output_holds_the_patched_library_and_the_package_the_original()
    {
        var output = Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(output), "The build is for another system.");

        Assert.Null(new FileInfo(output).LinkTarget);
        Assert.Equal(GlibcxxVersionPatch.Outcome.AlreadyPatched, GlibcxxVersionPatch.Apply(File.ReadAllBytes(output)));
        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Apply(File.ReadAllBytes(TorchSharpPackage.LinuxLibrary)));
    }
}
