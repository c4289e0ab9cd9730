using Xunit;

namespace Cass.Tests.Native;

public sealed class TorchLoadFailureTests
{
    private const string Probing = """
        Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: 
        /app/runtimes/linux-x64/native/LibTorchSharp.so: cannot open shared object file: No such file or directory
        {0}
        /app/libLibTorchSharp: cannot open shared object file: No such file or directory
        """;

    [Theory]
    [InlineData("linux-x64", "libtorch.so: cannot open shared object file: No such file or directory", "add one backend package", "TorchSharp-cpu 9.8.7", "TorchSharp-cuda-linux 9.8.7", "libtorch-cpu-linux-x64")]
    [InlineData("linux-x64", "libc10.so: cannot open shared object file: No such file or directory", "add one backend package")]
    [InlineData("linux-x64", "/app/runtimes/linux-x64/native/libLibTorchSharp.so: undefined symbol: _ZN2at4_ops5zeros4callE", "another version", "add one backend package", "TorchSharp-cpu 9.8.7", "LD_LIBRARY_PATH")]
    [InlineData("win-x64", "Unable to load DLL 'LibTorchSharp' or one of its dependencies: The specified module could not be found. (0x8007007E)", "add one backend package", "TorchSharp-cuda-windows 9.8.7", "Visual C++ Redistributable")]
    [InlineData("win-arm64", "(0x8007007E)", "add one backend package", "TorchSharp-cpu 9.8.7")]
    [InlineData("osx-arm64", "Library not loaded: @rpath/libtorch.dylib", "add one backend package", "TorchSharp-cpu 9.8.7")]
    [InlineData("linux-x64", "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)", "libstdc++ lacks GLIBCXX_3.4.32", "CassPatchLibTorchSharp=false", "GCC 13")]
    [InlineData("linux-x64", "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /app/libLibTorchSharp.so)", "libstdc++ lacks GLIBCXX_3.4.30", "update the package")]
    [InlineData("linux-x64", "/lib/x86_64-linux-gnu/libstdc++.so.6: version `CXXABI_1.3.13' not found (required by /app/libLibTorchSharp.so)", "libstdc++ lacks CXXABI_1.3.13", "update the package")]
    [InlineData("linux-x64", "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/libLibTorchSharp.so)", "C library lacks GLIBC_2.34", "newer release")]
    [InlineData("linux-x64", "libnuma.so.1: cannot open shared object file: No such file or directory", "has no libnuma.so.1", "install")]
    [InlineData("linux-x64", "libtorch_cpu.so: cannot open shared object file: Too many open files", "as many files open as it may", "ulimit -n")]
    [InlineData("linux-x64", "libtorch_cpu.so: failed to map segment from shared object: Cannot allocate memory", "memory", "ulimit -v")]
    [InlineData("linux-x64", "/app/runtimes/linux-x64/native/libtorch_cpu.so: failed to map segment from shared object", "memory", "ulimit -v")]
    [InlineData("linux-musl-x64", "anything", "needs glibc")]
    [InlineData("linux-arm64", "anything", "no backend for linux-arm64", "linux-x64")]
    [InlineData("osx-x64", "anything", "no backend for osx-x64")]
    [InlineData("win-x86", "anything", "no backend for win-x86")]
    public void The_message_names_the_cause_and_the_remedy(string runtimeIdentifier, string cause, params string[] expected)
    {
        var loaderMessage = Probing.Replace("{0}", cause, StringComparison.Ordinal);

        var message = new TorchLoadFailure(runtimeIdentifier, "9.8.7", loaderMessage).Explain();

        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
        Assert.Contains("9.8.7", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux-x64", "/app/libLibTorchSharp.so: invalid ELF header\n", "invalid ELF header")]
    [InlineData("win-x64", "", "the exception within says why")]
    public void An_unknown_cause_is_passed_on(string runtimeIdentifier, string loaderMessage, string expected)
    {
        var message = new TorchLoadFailure(runtimeIdentifier, "9.8.7", loaderMessage).Explain();

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void The_system_is_named_by_a_portable_identifier()
    {
        var failure = TorchLoadFailure.OnThisSystem();

        Assert.Matches("^(linux|linux-musl|win|osx)-(x64|arm64|x86)$", failure.RuntimeIdentifier);
        Assert.StartsWith(TorchSharpPackage.BuildValue("TorchSharpVersion"), failure.TorchSharpVersion, StringComparison.Ordinal);
    }
}
