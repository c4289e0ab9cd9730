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
    public void Its_description_says_what_a_support_question_needs()
    {
        var lines = TorchBackend.Describe().Split(Environment.NewLine).Select(line => (Subject: line.Split(' ')[0], Text: line)).ToLookup(line => line.Subject, line => line.Text, StringComparer.Ordinal);

        Assert.Contains(Environment.Version.ToString(), Assert.Single(lines[".NET"]), StringComparison.Ordinal);
        Assert.Contains(TorchSharpPackage.BuildValue("TorchSharpVersion"), Assert.Single(lines["TorchSharp"]), StringComparison.Ordinal);
        Assert.Contains($" {torch.get_num_threads()} ", Assert.Single(lines["threads"]), StringComparison.Ordinal);
        Assert.Contains(torch.cuda.is_available() ? "CUDA" : "CPU", Assert.Single(lines["backend"]), StringComparison.Ordinal);
        Assert.Contains($" {AvailableProcessors.Count}", Assert.Single(lines["processors"]), StringComparison.Ordinal);
        Assert.Contains("bfloat16", Assert.Single(lines["processor"]), StringComparison.Ordinal);
        Assert.Contains("GiB", Assert.Single(lines["memory"]), StringComparison.Ordinal);
        Assert.Single(lines["environment"]);
        Assert.Equal(TorchBackend.Remarks.Count, lines["remark"].Count());
    }

    [Fact]
    public void Its_description_says_why_there_is_no_backend()
    {
        var text = Cass.BackendDescription.Of(new CassException("Add the package TorchSharp-cpu."), []);
        Assert.Contains("backend      none. Add the package TorchSharp-cpu.", text, StringComparison.Ordinal);
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
