using BrainMri.Phantoms;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>Results are not written where images are read from: the next run would take them for images of a class.</summary>
[Collection(ProcessCollection.Name)]
public sealed class OutputAmongImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public OutputAmongImagesTests()
    {
        for (var i = 0; i < 24; i++)
        {
            PhantomFolder.Write(folder["data"], new PhantomImage(i % 2 == 0 ? TumorKind.Glioma : TumorKind.NoTumor, (ulong)i, size: 32), i);
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--data data --output data", "--data")]
    [InlineData("--data ./data/ --output data/glioma/../runs/1", "--data")]
    [InlineData("--data data --test data --output data/runs", "--data")]
    [InlineData("--data link --output data/runs", "--data")]
    [InlineData("--data data --output link/runs", "--data")]
    [InlineData("--data lists/scans.csv --output lists/runs", "--data")]
    [InlineData("--data lists/scans.csv --output data/glioma", "--data")]
    [InlineData("--data list.csv --test lists/scans.csv --output lists/runs", "--test")]
    [InlineData("--save-phantoms phantoms --output phantoms/runs", "--save-phantoms")]
    public void Such_an_output_is_refused_before_anything_is_read_or_written(string arguments, string option)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        Directory.CreateSymbolicLink(folder["link"], "data");
        Directory.CreateDirectory(folder["lists"]);
        WriteManifest("list.csv", "data");
        WriteManifest("lists/scans.csv", "../data");
        var before = Entries();
        var result = SampleProcess.Run(folder.Path, arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        var line = Assert.Single(result.ErrorLines);
        Assert.StartsWith($"error: --output '{arguments.Split(' ')[^1]}' lies in ", line, StringComparison.Ordinal);
        Assert.Contains($"the images of {option}: ", line, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Equal(before, Entries());
    }

    [Theory]
    [InlineData("--data data --output database")]
    [InlineData("--data list.csv --output runs/1")]
    [InlineData("--data siblings.csv --output runs/1")]
    public void An_output_beside_the_images_is_not(string arguments)
    {
        WriteManifest("list.csv", "data");

        // The only folder that all of these images are in is the one that the sample is started in.
        Directory.Move(folder["data/glioma"], folder["glioma"]);
        Directory.CreateDirectory(folder["data/glioma"]);
        WriteManifest("siblings.csv", "data");
        File.AppendAllLines(folder["siblings.csv"], Directory.EnumerateFiles(folder["glioma"]).Order(StringComparer.Ordinal).Select(file => $"glioma/{Path.GetFileName(file)},glioma"));
        foreach (var file in Directory.EnumerateFiles(folder["glioma"]))
        {
            File.Copy(file, Path.Combine(folder["data/glioma"], Path.GetFileName(file)));
        }

        var result = SampleProcess.Run(folder.Path, [.. arguments.Split(' '), "--batch-size", "5000"]);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("--output", result.Error, StringComparison.Ordinal);
    }

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void WriteManifest(string name, string data)
    {
        var rows = Directory.EnumerateFiles(folder["data"], "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{data}/{Path.GetRelativePath(folder["data"], file)},{Path.GetFileName(Path.GetDirectoryName(file))}");
        File.WriteAllText(folder[name], $"path,target\n{string.Join('\n', rows)}\n");
    }
}
