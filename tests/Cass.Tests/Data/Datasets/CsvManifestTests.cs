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

    [Theory]
    [InlineData("path,target\na.jpg,Gr\u00F6\u00DFe\nb.jpg,Gr\u00FC\u00DFe\n", 2, "0xF6")]
    [InlineData("path,target\n1.jpg,a\n2.jpg,b\n3.jpg,\u00E9\n", 4, "0xE9")]
    [InlineData("p\u00E4th,target\n1.jpg,a\n", 1, "0xE4")]
    [InlineData("path,target\r1.jpg,a\r2.jpg,b\r3.jpg,\u00E9\r", 4, "0xE9")]
    [InlineData("path,target\r\n1.jpg,a\r\n2.jpg,b\r\n3.jpg,\u00E9\r\n", 4, "0xE9")]
    public void A_manifest_that_is_not_UTF_8_names_the_first_such_line_and_is_read_with_its_encoding(string text, int line, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["manifest.csv"], text, Encoding.Latin1);
        var error = Assert.Throws<ManifestException>(() => CsvManifest.Read(folder["manifest.csv"], Unchecked));
        Assert.StartsWith($"Line {line} of the manifest", error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
        Assert.Contains("CsvManifestOptions.Encoding", error.Message, StringComparison.Ordinal);

        var options = Unchecked with { Encoding = Encoding.Latin1, PathColumn = text[..text.IndexOf(',', StringComparison.Ordinal)] };
        var labels = text.ReplaceLineEndings("\n").Split('\n')[1..^1].Select(row => row.Split(',')[1]).Order(StringComparer.Ordinal);
        Assert.Equal(labels, CsvManifest.Read(folder["manifest.csv"], options).Labels.Names);
    }

    [Fact]
    public void Messages_advise_only_what_the_interface_can_do()
    {
        var names = SettingNames.Of(new Dictionary<string, string> { ["CsvManifestOptions.AllowDuplicates"] = "--twice" });
        var options = Unchecked with { Names = names };
        Assert.EndsWith("; remove one, or set --twice.", Assert.Throws<ManifestException>(() => Read("path,target\n1.jpg,a\n1.jpg,a\n", options, out _)).Message, StringComparison.Ordinal);
        string[] without =
        [
            Assert.Throws<ManifestException>(() => Read("file,target\n1.jpg,a\n", options, out _)).Message,
            Assert.Throws<ManifestException>(() => Read("path,target\n1.jpg,a\n", options with { CheckFiles = true }, out _)).Message,
            Assert.Throws<ManifestException>(() => Read("path,target\n1.jpg,a\n1.jpg,b\n", options with { Names = SettingNames.Of(_ => null) }, out _)).Message,
            Assert.Throws<ManifestException>(() => Read("path,target\n1.jpg,7\n", options with { Labels = new LabelMap(["a", "b"]) }, out _)).Message,
            Assert.Throws<ManifestException>(() => Read("path,target\n1.jpg,a\n2.jpg,A\n", options, out _)).Message,
        ];
        Assert.All(without, message => Assert.DoesNotContain("Options", message, StringComparison.Ordinal));
        Assert.All(without, message => Assert.DoesNotContain("label map", message, StringComparison.Ordinal));
        Assert.All(without, message => Assert.EndsWith(".", message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", false)]
    [InlineData("windows-1252", false)]
    [InlineData("gb18030", false)]
    public void Other_encodings_are_read_by_their_mark_or_by_the_option(string name, bool hasMark)
    {
        using var folder = new TemporaryFolder();
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        byte[] text = encoding.GetBytes("path,target\r\nGr\u00FC\u00DFe.jpg,\u00C4\r\n");
        File.WriteAllBytes(folder["manifest.csv"], hasMark ? [.. encoding.Preamble, .. text] : text);
        var dataset = CsvManifest.Read(folder["manifest.csv"], Unchecked with { Encoding = hasMark ? null : encoding });
        Assert.Equal(folder["Gr\u00FC\u00DFe.jpg"], dataset.NameOf(0));
        Assert.Equal("\u00C4", dataset.Labels[0]);
    }

    [Fact]
    public void An_encoding_that_is_given_for_a_manifest_in_UTF_8_is_a_warning()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["manifest.csv"], "path,target\n1.jpg,Gr\u00FC\u00DFe\n");
        var dataset = CsvManifest.Read(folder["manifest.csv"], Unchecked with { Encoding = Encoding.Latin1 });
        Assert.Contains("is read as iso-8859-1, but every letter beyond ASCII in it is one of UTF-8", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        File.WriteAllText(folder["manifest.csv"], "path,target\n1.jpg,Gr\u00FC\u00DFe\n", Encoding.Latin1);
        Assert.Empty(CsvManifest.Read(folder["manifest.csv"], Unchecked with { Encoding = Encoding.Latin1 }).Warnings);
        File.WriteAllText(folder["manifest.csv"], "path,target\n1.jpg,a\n");
        Assert.Empty(CsvManifest.Read(folder["manifest.csv"], Unchecked with { Encoding = Encoding.Latin1 }).Warnings);
    }

    [Fact]
    public void UTF_16_without_a_mark_and_bytes_that_the_given_encoding_lacks_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["manifest.csv"], Encoding.Unicode.GetBytes("path,target\n1.jpg,a\n"));
        Assert.Contains("UTF-16 without a byte-order mark", Assert.Throws<ManifestException>(() => CsvManifest.Read(folder["manifest.csv"], Unchecked)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["manifest.csv"], "path,target\n1.jpg,a\n2.jpg,\u00E9\n", Encoding.Latin1);
        var error = Assert.Throws<ManifestException>(() => CsvManifest.Read(folder["manifest.csv"], Unchecked with { Encoding = Encoding.ASCII }));
        Assert.StartsWith("Line 3 of the manifest", error.Message, StringComparison.Ordinal);
        Assert.Contains("us-ascii", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_that_lie_across_the_blocks_of_reading_are_whole()
    {
        // Blocks are of 2^20 bytes; the labels of three bytes come to lie across their ends in every way.
        for (var shift = 0; shift < 3; shift++)
        {
            var rows = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},\u65E5\u672C\n"));
            var dataset = Read("path,target\n" + new string('x', shift) + rows, Unchecked, out _);
            Assert.Equal((100_000, "\u65E5\u672C"), (dataset.Count, Assert.Single(dataset.Labels.Names)));
        }
    }

    [Theory]
    [InlineData("Glioma", "glioma", "upper and lower case")]
    [InlineData("m\u00E9", "me\u0301", "Unicode form")]
    [InlineData("no tumor", "no\u00A0tumor", "white space")]
    public void Labels_that_look_alike_are_refused_unless_a_label_map_has_both(string first, string second, string difference)
    {
        var text = $"path,target\na.jpg,{first}\nb.jpg,x\nc.jpg,{second}\n";
        AssertRefused(text, $"differ only in {difference}");
        AssertRefused(text, "c.jpg");
        AssertRefused($"path,target\na.jpg,{first}|x\nb.jpg,x\nc.jpg,x|{second}\n", $"differ only in {difference}", Unchecked with { LabelSeparator = "|" });
        Assert.Equal([1, 1, 1], Read(text, Unchecked with { Labels = new LabelMap([first, second, "x"]) }, out _).ClassCounts);
        AssertRefused(text, $"only in {difference}", Unchecked with { Labels = new LabelMap([first, "x"]) });
    }

    [Fact]
    public void Groups_that_look_alike_are_a_warning()
    {
        var dataset = Read("path,target,patient\n1.jpg,a,P1\n2.jpg,a,p1\n3.jpg,b,P2\n", Unchecked with { GroupColumn = "patient" }, out _);
        Assert.Contains("'P1' and 'p1' differ only in upper and lower case", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        Assert.Equal(dataset.Warnings, dataset.Subset([2]).Warnings);
        Assert.Equal(dataset.Warnings, ImageDataset.WarningsOf(dataset.Images));
    }

    [Theory]
    [InlineData("./img/a.jpg")]
    [InlineData("img/../img/a.jpg")]
    [InlineData("img//a.jpg")]
    [InlineData("ROOT/img/a.jpg")]
    [InlineData("link.jpg")]
    [InlineData("linked/a.jpg")]
    public void One_file_under_two_spellings_is_named_twice(string spelling)
    {
        using var folder = new TemporaryFolder();
        TestImages.Save(folder["img/a.jpg"], TestImages.Pattern(4, 4));
        File.CreateSymbolicLink(folder["link.jpg"], folder["img/a.jpg"]);
        Directory.CreateSymbolicLink(folder["linked"], "img");
        Assert.SkipUnless(OperatingSystem.IsLinux() || !spelling.StartsWith("link", StringComparison.Ordinal), "What links lead to is known on Linux.");
        spelling = spelling.Replace("ROOT", folder.Path, StringComparison.Ordinal);
        string Write(string label)
        {
            File.WriteAllText(folder["manifest.csv"], $"path,target\n{spelling},x\nimg/a.jpg,{label}\n");
            return folder["manifest.csv"];
        }

        var contradictory = Assert.Throws<ManifestException>(() => CsvManifest.Read(Write("y")));
        Assert.Contains("twice, in rows 1 and 2, with contradictory labels", contradictory.Message, StringComparison.Ordinal);
        Assert.Contains($"'{spelling}' of 'x' and as 'img/a.jpg' of 'y'", contradictory.Message, StringComparison.Ordinal);
        var repeated = Assert.Throws<ManifestException>(() => CsvManifest.Read(Write("x")));
        Assert.Contains("AllowDuplicates", repeated.Message, StringComparison.Ordinal);

        var allow = new CsvManifestOptions { AllowDuplicates = true };
        Assert.Empty(CsvManifest.Read(Write("x"), allow).Warnings);
        var dataset = CsvManifest.Read(Write("y"), allow);
        Assert.Contains("1 row of the manifest", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
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
