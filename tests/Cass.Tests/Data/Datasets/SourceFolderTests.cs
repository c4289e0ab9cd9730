using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

/// <summary>Which folders belong to the images, so that nothing else is written there.</summary>
public sealed class SourceFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SourceFolderTests()
    {
        foreach (var name in (string[])["data/a/1.png", "data/b/deep/2.png", "elsewhere/c/deep/3.png"])
        {
            TestImages.Save(folder[name], TestImages.Pattern(8, 8));
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("data", "data")]
    [InlineData("data/out", "data")]
    [InlineData("data/b/deep/out", "data")]
    [InlineData("out", null)]
    [InlineData("elsewhere/c/out", null)]
    public void Of_a_folder_all_of_it(string path, string? expected)
    {
        var images = ImageFolder.Read(folder["data"]);
        Assert.Equal(expected is null ? null : folder[expected], ImageDataset.FolderAround(images.Images, folder[path]));
        var part = ImageDataset.Concat(images.Subset([0]), images.Subset([1]));
        Assert.Equal(expected is null, ImageDataset.FolderAround(part.Images, folder[path]) is null);
    }

    [Fact]
    public void Of_a_folder_with_links_what_they_lead_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        Directory.CreateSymbolicLink(folder["data/c"], folder["elsewhere/c"]);
        var images = ImageFolder.Read(folder["data"]).Images;
        Assert.Equal(folder["data/c"], ImageDataset.FolderAround(images, folder["elsewhere/c/out"]));
        Assert.Equal(folder["data/c/deep"], ImageDataset.FolderAround(images, folder["elsewhere/c/deep"]));
        Assert.Null(ImageDataset.FolderAround(images, folder["elsewhere/out"]));
    }

    [Theory]
    [InlineData("data/out", true)]
    [InlineData("data/a/out", true)]
    [InlineData("data/b/deep", true)]
    [InlineData("elsewhere/c/deep/out", true)]
    [InlineData("elsewhere/c/out", false)]
    [InlineData("out", false)]
    public void Of_a_manifest_its_own_and_those_of_its_images(string path, bool expected)
    {
        File.WriteAllText(folder["data/list.csv"], "path,target\na/1.png,a\nb/deep/2.png,b\n../elsewhere/c/deep/3.png,b\n");
        Assert.Equal(expected, ImageDataset.FolderAround(CsvManifest.Read(folder["data/list.csv"]).Images, folder[path]) is not null);
    }

    [Fact]
    public void Of_single_files_those_that_they_are_in()
    {
        IImageSource[] images = [new ImageFile(folder["data/a/1.png"]), new EncodedImage(TestImages.Encode(TestImages.Pattern(8, 8)), "in memory")];
        Assert.Equal(folder["data/a"], ImageDataset.FolderAround(images, folder["data/a/out"]));
        Assert.Null(ImageDataset.FolderAround(images, folder["data/out"]));
    }
}
