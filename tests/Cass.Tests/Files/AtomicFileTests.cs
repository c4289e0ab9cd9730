using Xunit;

namespace Cass.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_named()
    {
        Directory.CreateDirectory(folder["results.json"]);

        var error = Assert.Throws<IOException>(() => AtomicFile.WriteText(folder["results.json"], "text"));

        Assert.Contains(folder["results.json"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_as_long_as_file_systems_allow_is_written()
    {
        var path = folder[new string('n', 251) + ".csv"];

        AtomicFile.WriteText(path, "text");

        Assert.Equal("text", File.ReadAllText(path));
    }

    [Fact]
    public void Content_that_fails_leaves_the_old_file_and_nothing_else()
    {
        File.WriteAllText(folder["file"], "old");

        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(folder["file"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidTimeZoneException();
        }));

        Assert.Equal("old", File.ReadAllText(folder["file"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
