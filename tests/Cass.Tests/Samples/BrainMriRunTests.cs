using System.Runtime.InteropServices;
using System.Text.Json;
using BrainMri.Phantoms;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The sample as a process, from start to end.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class BrainMriRunTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    // Small enough for a test: it shows that everything is there, not that anything is learned.
    internal static readonly string[] Small =
    [
        "--image-size", "32", "--batch-size", "8", "--label-fraction", "0.5", "--device", "cpu",
    ];

    private static readonly string[] Interruptible = ["--phantoms", "80", "--finetune-epochs", "2", .. Small];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_on_a_folder_with_test_images_of_its_own()
    {
        foreach (var phantom in Enumerable.Range(0, 60))
        {
            var kind = phantom % 2 == 0 ? TumorKind.Glioma : TumorKind.NoTumor;
            PhantomFolder.Write(folder[phantom < 40 ? "data" : "test"], new PhantomImage(kind, (ulong)phantom, size: 32), phantom);
        }

        var result = SampleProcess.Run(folder.Path, ["--data", "data", "--test", "test", "--pretrain-epochs", "0", "--finetune-epochs", "1", "--output", "out", .. Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        using var json = JsonDocument.Parse(File.ReadAllText(folder["out/results.json"]));
        var classes = json.RootElement.GetProperty("classes").EnumerateArray().ToArray();
        Assert.Equal(["glioma", "notumor"], classes.Select(row => row.GetProperty("label").GetString()));
        Assert.All(classes, row => Assert.Equal(10, row.GetProperty("test").GetInt32()));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("pretraining").ValueKind);
        Assert.False(json.RootElement.GetProperty("synthetic").GetBoolean());

        // Heat maps of both classes.
        var report = File.ReadAllText(folder["out/report.html"]);
        var maps = report[report.IndexOf("<h2>What the networks look at</h2>", StringComparison.Ordinal)..];
        Assert.Contains("is glioma", maps, StringComparison.Ordinal);
        Assert.Contains("is notumor", maps, StringComparison.Ordinal);
        Assert.Contains("<img src=\"data:image/png;base64,", maps, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public void A_signal_ends_with_its_code_and_leaves_only_what_the_run_goes_on_from(int signal, int exitCode)
    {
        var result = RunUntil(signal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal("Cancelled; this run has written no results. The same command goes on from here, with --restart from the beginning.", Assert.Single(result.ErrorLines));
        Assert.Equal(
            ["checkpoints", "data.json", "environment.json", "metrics.csv", "settings.json", "tensorboard"],
            Directory.EnumerateFileSystemEntries(folder["runs/brain-mri"]).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_that_was_interrupted_goes_on_with_its_own_settings_only()
    {
        Assert.Equal(130, RunUntil(Interrupt).ExitCode);

        var other = SampleProcess.Run(folder.Path, [.. Interruptible, "--seed", "5"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("Seed was 77 and is 5", Assert.Single(other.ErrorLines), StringComparison.Ordinal);

        var continued = SampleProcess.Run(folder.Path, Interruptible);
        Assert.Equal(0, continued.ExitCode);
        Assert.NotEmpty(continued.ErrorLines);
        Assert.All(continued.ErrorLines, line => Assert.Contains("Going on from", line, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder["runs/brain-mri/checkpoints"]));
    }

    [Fact]
    public void Help_names_every_option_with_its_default_and_ends_with_0()
    {
        var result = SampleProcess.Run(folder.Path, "--help");
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        string[] options =
        [
            "--data", "--test", "--cnn", "--vit", "--image-size", "--pretrain-epochs", "--finetune-epochs", "--batch-size", "--label-fraction",
            "--seed", "--device", "--cnn-weights", "--vit-weights", "--output", "--recipe", "--threads", "--workers", "--precision", "--restart", "--describe", "--loss",
        ];
        Assert.All(options, option => Assert.Contains(option, result.Output, StringComparison.Ordinal));
        Assert.Contains("[default: runs/brain-mri]", result.Output, StringComparison.Ordinal);
        Assert.Contains("Examples", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Runs the sample, and sends it a signal when it begins to pretrain.</summary>
    private SampleProcess RunUntil(int signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Sends a POSIX signal.");
        Assert.SkipWhen(IsIgnored(signal), "The tests were started with this signal ignored, as a shell starts background jobs, and so would the sample be.");
        var sent = false;
        return SampleProcess.Run(folder.Path, Interruptible, (process, line) =>
        {
            if (!sent && line.StartsWith("Pretrain", StringComparison.Ordinal))
            {
                sent = true;
                _ = Kill(process.Id, signal);
            }
        });
    }

    /// <summary>Whether this process, and so every process that it starts, ignores a signal.</summary>
    private static bool IsIgnored(int signal)
    {
        const string Mask = "SigIgn:";
        var line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Mask, StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line[Mask.Length..].Trim(), 16) & (1UL << (signal - 1))) != 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
