using System.ComponentModel;
using System.Diagnostics;
using BrainMri.CommandLine;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>What the system does not give the process: one clear line, exit code 3.</summary>
public sealed class ProcessLimitTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public async Task Too_few_files_may_be_open(int limit)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is read from what Linux says.");
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"ulimit -n {limit}; exec \"$0\" \"$@\"", host, Path.Combine(AppContext.BaseDirectory, "BrainMri.dll"), "--output", folder["run"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, process.ExitCode);
        Assert.Equal($"error: This process may have {limit} files open, and needs up to 256: raise the limit, such as with ulimit -n 1024.", (await error).Trim());
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Theory]
    [InlineData("Max open files            64                   64                   files     ", true)]
    [InlineData("Max processes             64                   64                   processes ", false)]
    [InlineData("Max open files            1024                 524288               files     ", false)]
    [InlineData("Max open files            unlimited            unlimited            files     ", false)]
    public void The_limit_is_the_first_number_of_its_line(string line, bool isTooLow)
    {
        File.WriteAllText(folder["limits"], $"Limit                     Soft Limit           Hard Limit           Units     \n{line}\n");

        Assert.Equal(isTooLow, OpenFileLimit.Problem(folder["limits"]) is not null);
    }

    [Fact]
    public void Without_known_limits_there_is_nothing_to_say() => Assert.Null(OpenFileLimit.Problem(folder["missing"]));

    [Theory]
    [InlineData("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9437184 bytes. Error code 12 (Cannot allocate memory)\nframe #0: c10::ThrowEnforceNotMet(char const*) + 0x68\n", "not enough memory")]
    [InlineData("std::bad_alloc", "not enough memory")]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4)\nException raised from infer_size at ExpandUtils.cpp:35 (most recent call first):\nframe #0: c10::Error::Error() + 0x9e\n", "Win32Exception: The size of tensor a (3) must match the size of tensor b (4)")]
    public void Libtorchs_failures_are_said_without_the_functions_it_was_in(string message, string expected)
    {
        // A kind of ExternalException, which is libtorch's.
        var said = ErrorReport.MessageOf(new Win32Exception(0, message));

        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #0", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lack_of_memory_is_told_from_other_failures()
    {
        Assert.True(DeviceMemoryException.IsExhausted(new InsufficientMemoryException()));
        Assert.True(DeviceMemoryException.IsExhausted(new IOException("Cannot allocate memory : '/weights'")));
        Assert.False(DeviceMemoryException.IsExhausted(new IOException("No space left on device : '/weights'")));
        Assert.False(DeviceMemoryException.IsExhausted(new InvalidOperationException("out of memory")));
    }
}
