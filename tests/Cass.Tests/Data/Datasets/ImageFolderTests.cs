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

    [Fact]
    public void Folders_of_systems_and_programs_are_no_classes()
    {
        using var folder = Images("a/1.png", "b/1.png", "__MACOSX/a/._1.png", "@eaDir/1.png", "$RECYCLE.BIN/1.png", ".ipynb_checkpoints/1.png", "System Volume Information/1.png", "a/@eaDir/2.png", "a/._1.png", "b/.ipynb_checkpoints/2.png");
        File.WriteAllText(folder["a/Thumbs.db"], "x");
        File.WriteAllText(folder["b/.DS_Store"], "x");
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal(["a", "b"], dataset.Labels.Names);
        Assert.Equal([1, 1], dataset.ClassCounts);
        Assert.Empty(dataset.Warnings);
    }

    [Theory]
    [InlineData("Training", "Testing")]
    [InlineData("TRAIN", "val")]
    [InlineData("test", "validation")]
    [InlineData("seg_train", "seg_test")]
    public void Folders_named_like_the_parts_of_a_split_are_a_warning(string one, string other)
    {
        using var folder = Images($"{one}/a/1.png", $"{one}/b/1.png", $"{other}/a/1.png");
        var warning = Assert.Single(ImageFolder.Read(folder.Path).Warnings);
        Assert.Contains(folder.Path, warning, StringComparison.Ordinal);
        Assert.Contains("parts of a split", warning, StringComparison.Ordinal);
        Assert.Contains(one, warning, StringComparison.Ordinal);
        Assert.Empty(ImageFolder.Read(folder[one]).Warnings);
    }

    [Fact]
    public void Classes_of_which_one_is_named_like_a_part_are_none()
    {
        using var folder = Images("car/1.png", "train/1.png", "contest/1.png");
        Assert.Empty(ImageFolder.Read(folder.Path).Warnings);
    }

    [Fact]
    public void Files_left_out_for_their_kind_are_counted_and_named_once()
    {
        using var folder = Images("a/1.png", "b/1.png");
        foreach (var name in (string[])["a/1.tif", "a/2.tif", "b/sub/3.TIF", "b/4.dcm", "b/5"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], "x");
        }

        TestImages.Save(folder["beside.png"], TestImages.Pattern(4, 4));
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal(2, dataset.Count);
        Assert.Equal(2, dataset.Warnings.Count);
        Assert.Contains("'beside.png'", dataset.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("5 files", dataset.Warnings[1], StringComparison.Ordinal);
        Assert.Contains("3 .tif, 1 without an extension, 1 .dcm", dataset.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void All_names_of_JPEG_and_BMP_files_are_read()
    {
        using var folder = new TemporaryFolder();
        foreach (var extension in (string[])[".jpg", ".JPEG", ".jpe", ".jfif"])
        {
            TestImages.Save(folder[$"a/1{extension}"], TestImages.Pattern(4, 4), SkiaSharp.SKEncodedImageFormat.Jpeg);
        }

        // A bitmap of 2×1 pixels, blue and red, rows padded to four bytes.
        byte[] bitmap = [(byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, .. new byte[24], 255, 0, 0, 0, 0, 255, 0, 0];
        File.WriteAllBytes(folder["a/1.dib"], bitmap);
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Empty(dataset.Warnings);
        Assert.Equal(5, dataset.Count);
        Assert.Equal([0, 0, 255, 255, 0, 0], dataset.Images.Single(i => i.Name.EndsWith(".dib", StringComparison.Ordinal)).Decode().Pixels);
        Assert.All(dataset.Images, image => image.Decode());
    }

    [Fact]
    public void Class_folders_that_look_alike_are_refused_unless_a_label_map_has_both()
    {
        using var folder = Images("Glioma/1.png", "glioma/1.png", "x/1.png");
        Assert.SkipUnless(Directory.GetDirectories(folder.Path).Length == 3, "This file system takes capital letters for small ones.");
        AssertRefused(folder.Path, "'Glioma' and 'glioma'");
        Assert.Equal(3, ImageFolder.Read(folder.Path, new ImageFolderOptions { Labels = new LabelMap(["Glioma", "glioma", "x"]) }).Count);
        AssertRefused(folder.Path, "only in upper and lower case", new ImageFolderOptions { Labels = new LabelMap(["glioma", "x"]) });
    }

    [Fact]
    public void Folders_in_a_ring_of_links_are_read_once()
    {
        using var folder = Images("a/1.png", "b/1.png");
        Directory.CreateSymbolicLink(folder["loop"], ".");
        Directory.CreateSymbolicLink(folder["a/up"], "..");
        Directory.CreateSymbolicLink(folder["a/self"], ".");
        Directory.CreateSymbolicLink(folder["a/top"], "/");
        Directory.CreateSymbolicLink(folder["b/other"], folder["a"]);
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal(["a/1.png", "b/1.png"], dataset.Images.Select(i => Path.GetRelativePath(folder.Path, i.Name)));
        Assert.Equal(["a", "b"], dataset.Labels.Names);
        Assert.Contains("5 links", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, ImageFolder.Read(folder.Path, new ImageFolderOptions { ClassPerFolder = false }).Count);
    }

    [Fact]
    public void What_links_lead_to_elsewhere_is_read_once()
    {
        using var store = Images("p/1.png", "p/deep/2.png", "q/3.png");
        using var folder = Images("a/0.png");
        Directory.CreateSymbolicLink(store["p/deep/back"], store["p"]);
        Directory.CreateSymbolicLink(folder["b"], store["p"]);
        Directory.CreateSymbolicLink(folder["a/more"], store["q"]);
        Directory.CreateSymbolicLink(folder["a/again"], store["q"]);
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal(["a/0.png", "a/again/3.png", "b/1.png", "b/deep/2.png"], dataset.Images.Select(i => Path.GetRelativePath(folder.Path, i.Name)));
        Directory.CreateSymbolicLink(folder["c"], folder["b"]);
        AssertRefused(folder.Path, "'b' and 'c'");
    }

    [Fact]
    public void An_image_that_a_link_puts_into_two_classes_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What links lead to is known on Linux.");
        using var folder = Images("a/1.png", "b/1.png");
        File.CreateSymbolicLink(folder["a/2.png"], folder["a/1.png"]);
        var dataset = ImageFolder.Read(folder.Path);
        Assert.Equal([2, 1], dataset.ClassCounts);
        Assert.Contains("1 link ", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        File.CreateSymbolicLink(folder["b/2.png"], folder["a/1.png"]);
        AssertRefused(folder.Path, "into two classes");
    }

    private static TemporaryFolder Images(params string[] names)
    {
        var folder = new TemporaryFolder();
        foreach (var name in names)
        {
            TestImages.Save(folder[name], TestImages.Pattern(4, 4));
        }

        return folder;
    }

    private static void AssertRefused(string path, string reason, ImageFolderOptions? options = null)
    {
        var error = Assert.Throws<ManifestException>(() => ImageFolder.Read(path, options));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
