using Xunit;

namespace Cass.Tests.Files;

public sealed class EnclosingFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public EnclosingFoldersTests() => Directory.CreateDirectory(folder["data/a"]);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("data", true)]
    [InlineData("data/", true)]
    [InlineData("data/a/new/deep", true)]
    [InlineData("data/../data/./new", true)]
    [InlineData("data//new", true)]
    [InlineData("database", false)]
    [InlineData("data/../new", false)]
    [InlineData("", false)]
    public void A_path_is_in_a_folder_however_it_is_spelled(string path, bool expected)
    {
        Assert.Equal(expected, new EnclosingFolders(folder[path]).Contains(folder["data"]));
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder["data"]);
        Assert.Equal(expected, new EnclosingFolders(folder[path]).Contains(relative));
    }

    [Fact]
    public void Links_are_followed_on_both_sides()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        Directory.CreateSymbolicLink(folder["link"], "data/a");
        Directory.CreateSymbolicLink(folder["far"], folder["link"]);
        Assert.True(new EnclosingFolders(folder["far/new"]).Contains(folder["data"]));
        Assert.True(new EnclosingFolders(folder["data/a/new"]).Contains(folder["far"]));
        Assert.False(new EnclosingFolders(folder["data/new"]).Contains(folder["far"]));
    }

    [Fact]
    public void Neither_path_need_exist()
    {
        Assert.True(new EnclosingFolders(folder["new/deep"]).Contains(folder["new"]));
        Assert.False(new EnclosingFolders(folder["new"]).Contains(folder["new/deep"]));
    }
}
