using System.Text;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class CsvManifestTests
{
    private static readonly CsvManifestOptions Unchecked = new() { CheckFiles = false };

    [Fact]
    public void The_notebooks_manifest_is_read()
    {
        var dataset = Read(",path,target\n0,a/1.jpg,2\n1,/abs/2.jpg,0\n2,a/3.jpg,10\n", Unchecked, out var folder);
        Assert.Equal([Path.Combine(folder, "a/1.jpg"), "/abs/2.jpg", Path.Combine(folder, "a/3.jpg")], dataset.Images.Select(i => i.Name));
        Assert.Equal(["0", "2", "10"], dataset.Labels.Names);
        Assert.Equal([1, 0, 2], Enumerable.Range(0, 3).Select(i => dataset.LabelsOf(i).Single()));
        Assert.False(dataset.IsMultiLabel);
        Assert.Null(dataset.GroupOf(0));
    }

    [Fact]
    public void A_byte_order_mark_quotes_blank_lines_and_line_ends_of_windows_do_not_matter()
    {
        var dataset = Read("\uFEFFpath;target\r\n\"a;b \"\"1\"\".jpg\";\"x\"\r\n\r\n   \r\n c.jpg ; y \r\n\r\n", Unchecked, out var folder);
        Assert.Equal([Path.Combine(folder, "a;b \"1\".jpg"), Path.Combine(folder, "c.jpg")], dataset.Images.Select(i => i.Name));
        Assert.Equal(["x", "y"], dataset.Labels.Names);
    }

    [Fact]
    public void Columns_separators_labels_and_groups_have_the_names_that_the_options_say()
    {
        var dataset = Read("file\tfindings\tpatient\n1.jpg\tmass|nodule\tp1\n2.jpg\t\tp2\n3.jpg\tnodule\tp1\n", Unchecked with { PathColumn = "file", TargetColumn = "findings", GroupColumn = "patient", Separator = '\t', LabelSeparator = "|", Root = "/data" }, out _);
        Assert.True(dataset.IsMultiLabel);
        Assert.Equal("/data/1.jpg", dataset.NameOf(0));
        Assert.Equal([0, 1], dataset.LabelsOf(0));
        Assert.Empty(dataset.LabelsOf(1));
        Assert.Equal([1], dataset.LabelsOf(2));
        Assert.Equal([1, 2], dataset.ClassCounts);
        Assert.Equal(["p1", "p2", "p1"], Enumerable.Range(0, 3).Select(dataset.GroupOf));
        var target = new float[2];
        dataset.WriteTarget(0, target);
        Assert.Equal([1f, 1f], target);
    }

    [Fact]
    public void Ids_are_read_with_the_map_that_numbered_them()
    {
        var options = Unchecked with { Labels = LabelMap.BrainTumorMri, Targets = TargetKind.Ids };
        var dataset = Read(",path,target\n0,1.jpg,3\n1,2.jpg,0\n", options, out _);
        Assert.Equal(["meningioma", "glioma"], Enumerable.Range(0, 2).Select(i => dataset.Labels[dataset.LabelsOf(i)[0]]));
        AssertRefused(",path,target\n0,1.jpg,4\n", "no id from 0 to 3", options);
        AssertRefused(",path,target\n0,1.jpg,3\n", "TargetKind.Ids", Unchecked with { Labels = LabelMap.BrainTumorMri });
    }

    [Fact]
    public void A_manifest_that_was_written_reads_the_same()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a/1, \"left\".png", "b/2.png"])
        {
            TestImages.Save(folder[name], TestImages.Pattern(4, 4));
        }

        var dataset = ImageFolder.Read(folder.Path, new ImageFolderOptions { Group = Path.GetFileName });
        var options = new CsvManifestOptions { GroupColumn = "patient" };
        CsvManifest.Write(folder["manifest.csv"], dataset, options);
        Assert.StartsWith(",path,target,patient\n0,\"a", File.ReadAllText(folder["manifest.csv"]), StringComparison.Ordinal);
        var read = CsvManifest.Read(folder["manifest.csv"], options);
        Assert.Equal(dataset.Images.Select(i => i.Name), read.Images.Select(i => i.Name));
        Assert.Equal(dataset.Labels, read.Labels);
        Assert.Equal(Enumerable.Range(0, 2).Select(dataset.GroupOf), Enumerable.Range(0, 2).Select(read.GroupOf));
    }

    [Fact]
    public void What_is_wrong_with_a_manifest_is_said_in_one_line()
    {
        AssertRefused("", "is empty");
        AssertRefused("path,target\n", "no rows");
        AssertRefused("file,target\n1.jpg,a\n", "no column 'path'");
        AssertRefused("path,class\n1.jpg,a\n", "no column 'target'");
        AssertRefused("path,target,path\n1.jpg,a,2.jpg\n", "two columns 'path'");
        AssertRefused("file,target\n1.jpg,a\n", "has no column 'path'. Its columns");
        AssertRefused("\u0001JFIF\0\u0010,x\n1.jpg,a\n", "is not text");
        AssertRefused("path,target\n1.jpg,a,b\n", "Line 2");
        AssertRefused("path,target\n1.jpg,a\n,b\n", "Line 3");
        AssertRefused("path,target\n1.jpg,a\n2.jpg,\n", "the label is empty");
        AssertRefused("path,target\n1.jpg,\"a\n", "malformed");
        AssertRefused("path,target\n1.jpg,a\n2.jpg,b\n1.jpg,b\n", "twice, in rows 1 and 3");
        AssertRefused("path,target\n1.jpg,gliom\n", "'glioma'?", Unchecked with { Labels = LabelMap.BrainTumorMri });
        AssertRefused("path,target\n1.jpg,a|b|a\n", "'a' is there twice", Unchecked with { LabelSeparator = "|" });
        AssertRefused("path,target,patient\n1.jpg,a,\n", "no group", Unchecked with { GroupColumn = "patient" });
        var missing = Assert.Throws<ManifestException>(() => CsvManifest.Read("nowhere.csv"));
        Assert.Contains("does not exist", missing.Message, StringComparison.Ordinal);
        Assert.Equal(3, Read("path,target\n1.jpg,a\n2.jpg,b\n1.jpg,b\n", Unchecked with { AllowDuplicates = true }, out _).Count);
    }

    [Fact]
    public void Missing_files_are_counted_and_the_first_are_named()
    {
        var rows = string.Join('\n', Enumerable.Range(0, 50).Select(i => $"{i:00}.jpg,a"));
        var error = Assert.Throws<ManifestException>(() => Read("path,target\n" + rows, new CsvManifestOptions(), out _));
        Assert.StartsWith("50 of the 50 files", error.Message, StringComparison.Ordinal);
        Assert.Contains("00.jpg", error.Message, StringComparison.Ordinal);
        Assert.Contains("02.jpg', …", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("03.jpg", error.Message, StringComparison.Ordinal);
    }

    private static ImageDataset Read(string text, CsvManifestOptions options, out string directory)
    {
        using var folder = new TemporaryFolder();
        directory = folder.Path;
        File.WriteAllText(folder["manifest.csv"], text, new UTF8Encoding(false));
        return CsvManifest.Read(folder["manifest.csv"], options);
    }

    private static void AssertRefused(string text, string reason, CsvManifestOptions? options = null)
    {
        var error = Assert.Throws<ManifestException>(() => Read(text, options ?? Unchecked, out _));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("manifest", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
