using BrainMri.Phantoms;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>What a user can get wrong: one clear line on standard error, exit code 2, nothing written.</summary>
[Collection(ProcessCollection.Name)]
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--batch-size abc", "--batch-size", "'abc'")]
    [InlineData("--batch-size 0", "--batch-size", "'0'")]
    [InlineData("--label-fraction 1.5", "--label-fraction", "'1.5'")]
    [InlineData("--label-fraction NaN", "--label-fraction", "'NaN'")]
    [InlineData("--finetune-epochs 0", "--finetune-epochs", "'0'")]
    [InlineData("--pretrain-epochs -1", "--pretrain-epochs", "'-1'")]
    [InlineData("--seed 99999999999", "--seed", "'99999999999'")]
    [InlineData("--seed", "--seed", "")]
    [InlineData("--label-fractoin 0.1", "'--label-fractoin'", "did you mean '--label-fraction'")]
    [InlineData("phantoms", "'phantoms'", "did you mean '--phantoms'")]
    [InlineData("--test somewhere", "--test", "--data")]
    [InlineData("--data nowhere", "--data 'nowhere'", "does not exist")]
    [InlineData("--data @nowhere", "--data '@nowhere'", "does not exist")]
    [InlineData("--recipe bananas", "'bananas'", "Recommended")]
    [InlineData("--device tpu", "'tpu'", "cuda")]
    [InlineData("--cnn resnet19", "'resnet19'", "did you mean 'resnet18'")]
    [InlineData("--vit vit_tiny_patch16_225", "'vit_tiny_patch16_225'", "did you mean 'vit_tiny_patch16_224'")]
    [InlineData("--cnn vit_tiny_patch16_224", "--cnn", "vit_tiny_patch16_224")]
    [InlineData("--image-size 65", "65", "16")]
    [InlineData("--cnn-weights nowhere.safetensors", "nowhere.safetensors", "")]
    [InlineData("--batch-size 5000", "5000", "--batch-size")]
    [InlineData("--label-fraction 0.001", "--label-fraction", "")]
    [InlineData("--encoding klingon", "--encoding 'klingon'", "latin1")]
    [InlineData("--encoding utf-7", "--encoding 'utf-7'", "latin1")]
    public void A_bad_value_is_named(string arguments, string name, string remedy) =>
        AssertRefused(arguments.Split(' '), name, remedy);

    [Fact]
    public void A_folder_without_images()
    {
        Directory.CreateDirectory(folder["data/glioma"]);
        Directory.CreateDirectory(folder["data/notumor"]);
        AssertRefused(["--data", "data"], "data", "image");
    }

    [Fact]
    public void One_class_only()
    {
        WritePhantoms("data", 24, TumorKind.Glioma);
        AssertRefused(["--data", "data"], "glioma", "class");
    }

    [Fact]
    public void Too_few_images()
    {
        WritePhantoms("data", 3, TumorKind.Glioma, TumorKind.NoTumor);
        AssertRefused(["--data", "data"], "6", "");
    }

    [Fact]
    public void A_manifest_without_the_columns()
    {
        File.WriteAllText(folder["data.csv"], ",file,class\n0,a.png,glioma\n");
        AssertRefused(["--data", "data.csv"], "data.csv", "path");
    }

    [Fact]
    public void A_manifest_that_names_missing_files()
    {
        File.WriteAllText(folder["data.csv"], ",path,target\n0,missing-a.png,glioma\n1,missing-b.png,notumor\n");
        AssertRefused(["--data", "data.csv"], "missing-a.png", "");
    }

    [Fact]
    public void A_manifest_in_another_encoding_and_how_to_say_so()
    {
        File.WriteAllText(folder["data.csv"], "path,target\na.png,Gr\u00F6\u00DFe\n", System.Text.Encoding.Latin1);
        AssertRefused(["--data", "data.csv"], "Line 2", "set --encoding to what it is written in");
        AssertRefused(["--data", "data.csv", "--encoding", "latin1"], "a.png", "do not exist");
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 46\n", "git lfs pull")]
    [InlineData("\n<!DOCTYPE html><html></html>", "download the file itself")]
    [InlineData("no weights at all", "torch.save")]
    public void What_is_no_file_of_weights(string text, string remedy)
    {
        File.WriteAllText(folder["weights.pth"], text);
        AssertRefused(["--cnn-weights", "weights.pth"], "--cnn-weights: 'weights.pth'", remedy);
        AssertRefused(["--vit-weights", "weights.pth"], "--vit-weights: 'weights.pth'", remedy);
    }

    [Fact]
    public void An_output_that_is_a_link_to_nowhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        File.CreateSymbolicLink(folder["results"], folder["gone"]);
        var result = SampleProcess.Run(folder.Path, "--output", "results");
        AssertOneLine(result, 2);
        Assert.Contains("--output 'results' is a link to", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["gone"]));
    }

    [Fact]
    public void A_manifest_that_names_a_file_twice()
    {
        File.WriteAllText(folder["data.csv"], "path,target\na.png,glioma\n./a.png,notumor\n");
        AssertRefused(["--data", "data.csv"], "a.png' twice, in rows 1 and 2", "Decide on one and remove the other.");
    }

    [Fact]
    public void Class_folders_that_differ_only_in_case()
    {
        WritePhantoms("data", 10, TumorKind.Glioma);
        WritePhantoms("other", 10, TumorKind.Glioma);
        Directory.Move(folder["other/glioma"], folder["data/Glioma"]);
        if (Directory.GetDirectories(folder["data"]).Length == 2)
        {
            AssertRefused(["--data", "data"], "'Glioma' and 'glioma'", "put their images into one.");
        }
    }

    [Fact(Timeout = 60_000)]
    public Task A_pipe_in_place_of_a_manifest_is_not_waited_for() => Task.Run(() =>
    {
        NamedPipe.Create(folder["data.csv"]);
        AssertRefused(["--data", "data.csv"], "data.csv", "a named pipe");
    }, TestContext.Current.CancellationToken);

    [Fact]
    public void The_folder_above_the_parts_of_a_split_is_a_warning_before_anything_else()
    {
        WritePhantoms("data/Training", 10, TumorKind.Glioma, TumorKind.NoTumor);
        WritePhantoms("data/Testing", 10, TumorKind.Glioma, TumorKind.NoTumor);
        File.WriteAllText(folder["data/Testing/glioma/scan.tif"], "x");
        var result = SampleProcess.Run(folder.Path, "--data", "data", "--batch-size", "5000");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(3, result.ErrorLines.Count);
        Assert.StartsWith("warning: The folders in 'data' are named like the parts of a split (Testing, Training)", result.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("1 .tif", result.ErrorLines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_image_is_named_before_training()
    {
        WritePhantoms("data", 20, TumorKind.Glioma, TumorKind.NoTumor);
        File.WriteAllText(folder["data/glioma/00003.png"], "This is not a picture.");
        AssertRefused(["--data", "data", "--batch-size", "4", "--label-fraction", "1"], "00003.png", "");
    }

    [Fact]
    public void A_truncated_image_is_named_before_training()
    {
        WritePhantoms("data", 20, TumorKind.Glioma, TumorKind.NoTumor);
        var path = folder["data/notumor/00004.png"];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..200]);
        AssertRefused(["--data", "data", "--batch-size", "4", "--label-fraction", "1"], "00004.png", "");
    }

    [Fact]
    public void Test_images_of_a_class_that_training_lacks()
    {
        WritePhantoms("data", 20, TumorKind.Glioma, TumorKind.NoTumor);
        WritePhantoms("test", 4, TumorKind.Glioma, TumorKind.Pituitary);
        AssertRefused(["--data", "data", "--test", "test", "--batch-size", "4"], "pituitary", "");
    }

    [Fact]
    public void Weights_that_are_not_safetensors()
    {
        File.WriteAllText(folder["weights.safetensors"], "{}");
        AssertRefused(["--cnn-weights", "weights.safetensors"], "weights.safetensors", "");
    }

    [Theory]
    [InlineData("occupied")]
    [InlineData("occupied/below")]
    public void An_output_folder_that_cannot_be_written(string output)
    {
        File.WriteAllText(folder["occupied"], "a file");
        var result = SampleProcess.Run(folder.Path, "--output", output);
        AssertOneLine(result, 2);
        Assert.Contains($"--output '{output}'", result.Error, StringComparison.Ordinal);
        Assert.Equal([folder["occupied"]], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static void AssertOneLine(SampleProcess result, int exitCode)
    {
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}; standard error: {result.Error}");
        var line = Assert.Single(result.ErrorLines);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error + result.Output, StringComparison.Ordinal);
    }

    private void AssertRefused(string[] arguments, string name, string remedy)
    {
        var before = Directory.EnumerateFileSystemEntries(folder.Path).ToHashSet(StringComparer.Ordinal);
        var result = SampleProcess.Run(folder.Path, [.. arguments, "--output", "results/run"]);
        AssertOneLine(result, 2);
        Assert.Contains(name, result.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, result.Error, StringComparison.Ordinal);

        // Nobody can follow advice on a class of the library there.
        Assert.DoesNotContain("Options", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Registry", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(folder.Path).ToHashSet(StringComparer.Ordinal));
    }

    private void WritePhantoms(string name, int perClass, params TumorKind[] kinds)
    {
        foreach (var kind in kinds)
        {
            for (var i = 0; i < perClass; i++)
            {
                PhantomFolder.Write(folder[name], new PhantomImage(kind, (ulong)i, size: 32), i);
            }
        }
    }
}
