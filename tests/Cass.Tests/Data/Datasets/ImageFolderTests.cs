using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class ImageFolderTests
{
    [Fact]
    public void Classes_and_files_come_in_the_order_of_torchvision()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["b/2.PNG", "b/10.png", "b/x/1.png", "a/z.png", "a.b/y.png", "b/notes.txt", "b/.hidden.png", ".cache/q.png"])
        {
            TestImages.Save(folder[name], TestImages.Pattern(4, 4));
        }

        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal(["a", "a.b", "b"], dataset.Labels.Names);
        Assert.Equal(["a/z.png", "a.b/y.png", "b/10.png", "b/2.PNG", "b/x/1.png"], dataset.Images.Select(i => Path.GetRelativePath(folder.Path, i.Name).Replace('\\', '/')));
        Assert.Equal([0, 1, 2, 2, 2], Enumerable.Range(0, 5).Select(i => dataset.LabelsOf(i).Single()));
        Assert.Equal([1, 1, 3], dataset.ClassCounts);
        Assert.All(dataset.Images, image => Assert.Equal(4, image.Decode().Width));
    }

    [Fact]
    public void A_label_map_numbers_the_folders_by_name()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in LabelMap.BrainTumorMri.Names)
        {
            TestImages.Save(folder[$"{name}/1.png"], TestImages.Pattern(4, 4));
        }

        var dataset = ImageFolder.Read(folder.Path, new ImageFolderOptions { Labels = LabelMap.BrainTumorMri });
        for (var i = 0; i < dataset.Count; i++)
        {
            Assert.Equal(dataset.Labels[dataset.LabelsOf(i)[0]], Path.GetFileName(Path.GetDirectoryName(dataset.NameOf(i))));
        }

        Directory.Move(folder["glioma"], folder["gliom"]);
        AssertRefused(folder.Path, "'glioma'?", new ImageFolderOptions { Labels = LabelMap.BrainTumorMri });
    }

    [Fact]
    public void Groups_come_from_the_paths()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a/p1_1.png", "a/p1_2.png", "b/p2_1.png"])
        {
            TestImages.Save(folder[name], TestImages.Pattern(4, 4));
        }

        var dataset = ImageFolder.Read(folder.Path, new ImageFolderOptions { Group = path => path.Split('/')[^1].Split('_')[0] });
        Assert.Equal(["p1", "p1", "p2"], Enumerable.Range(0, 3).Select(dataset.GroupOf));
    }

    [Fact]
    public void What_is_wrong_with_a_folder_is_said_in_one_line()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder["nowhere"], "does not exist");
        AssertRefused(folder.Path, "it is empty");
        File.WriteAllText(folder["a.csv"], "path,target");
        AssertRefused(folder["a.csv"], "is a file, not a folder");
        TestImages.Save(folder["1.png"], TestImages.Pattern(4, 4));
        AssertRefused(folder.Path, "no folder per class");
        Assert.Equal(1, ImageFolder.Read(folder.Path, new ImageFolderOptions { ClassPerFolder = false }).Count);
        TestImages.Save(folder["a/1.png"], TestImages.Pattern(4, 4));
        Directory.CreateDirectory(folder["b"]);
        File.WriteAllText(folder["b/1.tif"], "x");
        AssertRefused(folder.Path, ".tif");
        Directory.Delete(folder["b"], recursive: true);
        var single = ImageFolder.Read(folder.Path);
        var error = Assert.Throws<CassInputException>(() => single.Split(0.5, stratify: true));
        Assert.Contains("of one class, 'a'", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string path, string reason, ImageFolderOptions? options = null)
    {
        var error = Assert.Throws<ManifestException>(() => ImageFolder.Read(path, options));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
