using Cass.Metrics;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Recording;

/// <summary>Reports of many classes, from made-up scores.</summary>
public sealed class ManyClassesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_confusion_of_a_thousand_classes_is_counted_rightly_and_kept_small()
    {
        using var scope = NewDisposeScope();
        using var scores = ManyClasses.Scores(images: 2000, classes: 1000);
        var report = Evaluator.Report("resnet18", scores, ManyClasses.Labels(1000), multiLabel: false, DecisionThresholds.Half);

        using var matrix = new ConfusionMatrix();
        matrix.Update(scores.Logits.sigmoid(), scores.Targets);
        var counts = matrix.Counts();
        Assert.Equal(counts.Cast<long>(), report.Confusion!.SelectMany(row => row).Select(n => (long)n));
        Assert.Equal(matrix.Compute(), report.Accuracy!.Value, 12);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(counts[i, 999 - i], report.Confusion![i][999 - i]);
        }

        var pairs = from i in Enumerable.Range(0, 1000)
                    let images = Enumerable.Range(0, 1000).Sum(j => counts[i, j])
                    from j in Enumerable.Range(0, 1000)
                    where i != j && counts[i, j] > 0
                    select new ConfusedPair($"class {i:000}", $"class {j:000}", (int)counts[i, j], (double)counts[i, j] / images);
        Assert.Equal(pairs.OrderBy(p => (p.Truth, p.Predicted)), report.Confused!.OrderBy(p => (p.Truth, p.Predicted)));
        Assert.Equal(report.Confused!.Select(p => p.Images).OrderDescending(), report.Confused!.Select(p => p.Images));
        Assert.Throws<ArgumentOutOfRangeException>(() => report.Confusion![0][1000]);
    }

    [Theory]
    [InlineData(4, true, false)]
    [InlineData(30, true, true)]
    [InlineData(31, false, true)]
    [InlineData(1000, false, true)]
    public void A_report_shows_a_matrix_that_can_be_read_or_the_pairs_confused_most(int classes, bool matrix, bool pairs)
    {
        using var scores = ManyClasses.Scores(images: 1000, classes);
        var network = ManyClasses.Network(scores, ManyClasses.Labels(classes));

        new RunReport { Options = new CassOptions(), Environment = RunEnvironment.Of(CPU), Networks = [network] }.Write(folder.Path);

        var (html, markdown) = (File.ReadAllText(folder["report.html"]), File.ReadAllText(folder["report.md"]));
        foreach (var text in new[] { html, markdown })
        {
            Assert.Equal(matrix, text.Contains("Rows are the true classes, columns the predicted.", StringComparison.Ordinal));
            Assert.Equal(pairs, text.Contains("Share of the class", StringComparison.Ordinal));
            Assert.InRange(text.Length, 1, 100_000 + (500 * classes));
        }

        if (pairs)
        {
            var first = network.Evaluation.Confused![0];
            Assert.Contains($"| {first.Truth} | {first.Predicted} | {first.Images} | {first.Share:0.0 %} |", markdown, StringComparison.Ordinal);
            Assert.Equal(
                Math.Min(20, network.Evaluation.Confused.Count),
                markdown[markdown.IndexOf("### Confused most", StringComparison.Ordinal)..markdown.IndexOf("## Settings", StringComparison.Ordinal)].Split("\n| class").Length - 1);
        }
    }

    [Fact]
    public void A_class_never_found_has_an_interval_that_says_how_little_is_known()
    {
        // Twenty images of class 1, all taken for class 0; no image of class 2.
        using var scores = new Scores(
            cat([full(40, 1, 3f), full(40, 2, -3f)], 1),
            nn.functional.one_hot(arange(40, dtype: ScalarType.Int64).floor_divide(20), 3).to(ScalarType.Float32),
            [40],
            [.. Enumerable.Range(0, 40)]);
        var network = ManyClasses.Network(scores, ManyClasses.Labels(3));

        new RunReport { Options = new CassOptions(), Environment = RunEnvironment.Of(CPU), Networks = [network] }.Write(folder.Path);

        // 2J / (1 + J) of the exact upper end for 0 of 20, J = 0.168.
        var markdown = File.ReadAllText(folder["report.md"]);
        Assert.Contains("| class 001 | 20 | 0.000 | 0.000 to 0.288 |", markdown, StringComparison.Ordinal);
        Assert.Contains("| class 002 | 0 | – | – |", markdown, StringComparison.Ordinal);
        Assert.Contains("exact binomial", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_shown_as_they_are_whatever_they_contain()
    {
        string[] names = ["健康 & <b>", "日本語|x", "[한국어](http://x)", "سليم \"1\""];
        using var scores = ManyClasses.Scores(images: 40, classes: 4);
        var network = ManyClasses.Network(scores, new LabelMap(names));

        new RunReport { Options = new CassOptions(), Environment = RunEnvironment.Of(CPU), Networks = [network] }.Write(folder.Path);

        var html = System.Net.WebUtility.HtmlDecode(File.ReadAllText(folder["report.html"]));
        var markdown = File.ReadAllText(folder["report.md"]);
        Assert.All(names, name => Assert.Contains(name, html, StringComparison.Ordinal));
        Assert.DoesNotContain("<b>", File.ReadAllText(folder["report.html"]), StringComparison.Ordinal);
        Assert.Contains("健康 &amp; &lt;b>", markdown, StringComparison.Ordinal);
        Assert.Contains("\\[한국어]", markdown, StringComparison.Ordinal);
        Assert.Contains("日本語\\|x", markdown, StringComparison.Ordinal);
    }
}
