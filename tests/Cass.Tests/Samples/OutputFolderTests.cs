using BrainMri.Results;
using Xunit;

namespace Cass.Tests.Samples;

public sealed class OutputFolderTests : IDisposable
{
    private const string Option = "--output";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("there")]
    [InlineData("missing")]
    [InlineData("missing/further/down")]
    [InlineData("missing/with/a/separator/")]
    public void The_check_leaves_no_trace(string name)
    {
        Directory.CreateDirectory(folder["there"]);
        OutputFolder.RequireWritable(folder[name], Option);
        Assert.Equal([folder["there"]], Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("file", "is a file")]
    [InlineData("file/below", "is a file")]
    [InlineData("file/far/below", "is a file")]
    [InlineData("name that is too long", "cannot be written")]
    public void What_cannot_be_written_is_refused_without_a_trace(string name, string reason)
    {
        File.WriteAllText(folder["file"], "x");
        var path = folder[name == "name that is too long" ? $"new/{new string('n', 300)}" : name];
        var error = Assert.Throws<CassInputException>(() => OutputFolder.RequireWritable(path, Option));
        Assert.StartsWith($"--output '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal([folder["file"]], Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        File.CreateSymbolicLink(folder["link"], "nowhere");
        var error = Assert.Throws<CassInputException>(() => OutputFolder.RequireWritable(folder["link/below"], Option));
        Assert.Contains("is a link to 'nowhere', where there is no folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_starts_at_once_under_one_new_folder_do_not_disturb_one_another()
    {
        const int Starts = 4;
        for (var round = 0; round < 20; round++)
        {
            var parent = folder[$"runs-{round}/of/today"];
            using var together = new Barrier(Starts);
            await Task.WhenAll(Enumerable.Range(0, Starts).Select(start => Task.Factory.StartNew(
                () =>
                {
                    var output = Path.Combine(parent, $"{start}");
                    together.SignalAndWait();
                    OutputFolder.RequireWritable(output, Option);
                    File.WriteAllText(Path.Combine(Directory.CreateDirectory(output).FullName, "results.json"), "{}");
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Equal(Starts, Directory.GetFiles(parent, "results.json", SearchOption.AllDirectories).Length);
        }
    }
}
