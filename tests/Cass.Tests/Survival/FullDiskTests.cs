using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Survival;

[Collection(ProcessCollection.Name)]
public sealed class FullDiskTests
{
    /// <summary>
    /// Files may not grow beyond 512 bytes, as if the disk were full; writing fails, and the process is not ended for it. The
    /// runtime would keep its code in such a file, too.
    /// </summary>
    private const string NoSpace = "trap '' XFSZ; ulimit -f 1; export DOTNET_EnableWriteXorExecute=0";

    [Fact]
    public void A_full_disk_costs_no_checkpoint_that_was_written_before()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A limit on the size of files is set by a POSIX shell.");
        using var undisturbed = new TemporaryFolder();
        var expected = TrainingProcess.Run(undisturbed.Path);

        using var folder = new TemporaryFolder();
        Assert.Empty(TrainingProcess.RunAndKill(folder.Path, process =>
        {
            while (Directory.GetFiles(folder.Path, "pretraining-*.json").Length < 2)
            {
                Thread.Sleep(1);
            }

            return true;
        }));
        var before = Contents(folder.Path);

        Assert.Equal(expected, TrainingProcess.Run(folder.Path, NoSpace));
        Assert.Equal(before, Contents(folder.Path));

        // The checkpoint from before still loads, and leads to the same end.
        Assert.Equal(expected, TrainingProcess.Run(folder.Path));
        Assert.NotEqual(before, Contents(folder.Path));
    }

    [Fact]
    public void A_small_file_system_that_fills_up_stops_neither_the_run_nor_what_follows()
    {
        using var undisturbed = new TemporaryFolder();
        var expected = TrainingProcess.Run(undisturbed.Path);

        // Two checkpoints of pretraining fit, the third in the making does not.
        using var folder = new TemporaryFolder();
        using var fileSystem = SmallFileSystem.TryMount(folder.Path, "900k");
        Assert.SkipWhen(fileSystem is null, "Mounting a file system is not allowed here.");
        Assert.Equal(expected, TrainingProcess.Run(folder.Path));
        Assert.Empty(Directory.GetFiles(folder.Path, ".*.tmp"));
        Assert.NotEmpty(Directory.GetFiles(folder.Path, "pretraining-*.json"));
        Assert.Equal(expected, TrainingProcess.Run(folder.Path));
    }

    private static Dictionary<string, string> Contents(string folder) => Directory.GetFiles(folder)
        .Where(file => Path.GetExtension(file) is ".json" or ".safetensors")
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)), StringComparer.Ordinal);
}
