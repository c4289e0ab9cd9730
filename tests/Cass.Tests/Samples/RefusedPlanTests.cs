using System.Text.Json;
using BrainMri.Phantoms;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>Images and options that could not be trained with to the end are refused before the first step, in the sample's own words.</summary>
[Collection(ProcessCollection.Name)]
public sealed class RefusedPlanTests : IDisposable
{
    private static readonly string[] Small = ["--image-size", "32", "--device", "cpu", "--pretrain-epochs", "1", "--finetune-epochs", "1", "--output", "out"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_class_too_small_for_all_parts_is_named_with_its_count_and_the_number_needed()
    {
        Write("data", ("a", 30), ("b", 30), ("c", 30), ("d", 3));
        var error = Refused("--data", "data");
        Assert.Contains("--data 'data': the class 'd' has 3 images, and at least 6 are needed", error, StringComparison.Ordinal);
        Assert.Contains("--test", error, StringComparison.Ordinal);

        // The number is true: with so many, the split is no obstacle any more.
        Write("data", ("d", 6));
        Assert.DoesNotContain("are needed, to be in", Refused("--data", "data", "--batch-size", "60"), StringComparison.Ordinal);
        Write("other", ("a", 30), ("b", 1));
        Assert.Contains("the class 'b' has 1 image, and at least ", Refused("--data", "other"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_classes_too_small_for_all_parts_the_number_needed_is_enough_for_all()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"class {i:00}")];
        Write("data", [.. names.Select(name => (name, 8))]);
        var error = Refused("--data", "data", "--label-fraction", "1");
        var needed = int.Parse(error.Split("at least ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Write("data", [.. names.Select(name => (name, needed))]);
        Assert.DoesNotContain("are needed, to be in", Refused("--data", "data", "--label-fraction", "1", "--batch-size", "5000"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_a_labeled_image_is_named_with_a_label_fraction_that_is_enough()
    {
        Write("data", ("a", 30), ("b", 30), ("d", 8));
        var error = Refused("--data", "data", "--label-fraction", "0.08", "--batch-size", "4");
        Assert.Contains("The class 'd' has none of the 4 labelled images, which are 0.08 of the 54 training images (", error, StringComparison.Ordinal);
        Assert.Contains(" of 'd'); at least 1 is needed of each class", error, StringComparison.Ordinal);
        Assert.Contains("Raise --label-fraction from 0.08 to 0.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("FineTuning", error, StringComparison.Ordinal);

        // Smaller batches would not bring the class.
        Assert.DoesNotContain("Lower --batch-size", Refused("--data", "data", "--label-fraction", "0.08", "--batch-size", "8"), StringComparison.Ordinal);
    }

    /// <summary>Copies make the parts of a split by clusters of another size than those of a plain one.</summary>
    [Fact]
    public void A_label_fraction_that_is_advised_is_enough_after_the_split_by_clusters()
    {
        Write("data", ("a", 30), ("b", 30), ("d", 8));
        for (var i = 0; i < 8; i++)
        {
            File.Copy(folder[$"data/a/{i}.png"], folder[$"data/a/copy-{i}.png"]);
        }

        string[] settings = ["--data", "data", "--batch-size", "8", .. Small, "--split", "clusters"];
        var refused = SampleProcess.Run(folder.Path, [.. settings, "--label-fraction", "0.08"]);
        Assert.Equal(2, refused.ExitCode);
        var advised = string.Concat(refused.Error.Split("aise --label-fraction from 0.08 to ", StringSplitOptions.None)[1].TakeWhile(c => c is '.' or (>= '0' and <= '9'))).TrimEnd('.');
        var result = SampleProcess.Run(folder.Path, [.. settings, "--label-fraction", advised]);
        Assert.True(result.ExitCode == 0, $"{refused.Error} {result.Error}");
    }

    [Fact]
    public void A_last_batch_of_one_image_is_named_with_a_batch_size_that_suits_both_phases()
    {
        Write("data", ("a", 10), ("b", 10));
        var error = Refused("--data", "data", "--label-fraction", "0.57", "--batch-size", "8", "--recipe", "published");
        Assert.Contains("9 images in batches of 8 leave a last batch of one image in fine-tuning", error, StringComparison.Ordinal);
        Assert.Contains("Lower --batch-size to 7, or raise --label-fraction from 0.57 to 0.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("DropLast", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_fraction_that_leaves_no_image_is_refused_before_images_are_read()
    {
        Write("data", ("a", 12), ("b", 12));
        File.WriteAllText(folder["data/a/broken.png"], "no image");
        Assert.Contains("--label-fraction 0.01 of 25 images leaves no labelled image", Refused("--data", "data", "--label-fraction", "0.01"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_test_image_gets_a_report_without_intervals()
    {
        Write("data", ("a", 12), ("b", 12));
        Write("test", ("a", 1));
        var result = SampleProcess.Run(
            folder.Path,
            ["--data", "data", "--test", "test", "--batch-size", "8", "--label-fraction", "1", "--split", "images", .. Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(result.ErrorLines, line => line.StartsWith("warning: There is a single test image", StringComparison.Ordinal));
        using var json = JsonDocument.Parse(File.ReadAllText(folder["out/results.json"]));
        Assert.Equal(1, json.RootElement.GetProperty("cnn").GetProperty("test").GetProperty("images").GetInt32());
        Assert.Contains("| resnet18 |", File.ReadAllText(folder["out/report.md"]), StringComparison.Ordinal);
    }

    /// <summary>The one line that a refusal ends with; nothing is trained and nothing is written.</summary>
    private string Refused(params string[] arguments)
    {
        var result = SampleProcess.Run(folder.Path, [.. arguments, "--split", "images", .. Small]);
        Assert.True(result.ExitCode == 2, $"exit code {result.ExitCode}; standard error: {result.Error}");
        Assert.DoesNotContain("Pretrain", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
        var line = Assert.Single(result.ErrorLines);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        return line;
    }

    private void Write(string name, params (string Class, int Images)[] classes)
    {
        foreach (var ((label, images), kind) in classes.Select((entry, kind) => (entry, kind)))
        {
            for (var i = 0; i < images; i++)
            {
                Data.TestImages.Save(folder[$"{name}/{label}/{i}.png"], new PhantomImage((TumorKind)(kind % 4), (ulong)((1000 * name.Length) + i), size: 32).Decode());
            }
        }
    }
}
