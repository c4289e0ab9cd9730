using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Cass.Metrics;
using Cass.Tests.Training;
using Cass.Training;
using TorchSharp;
using Xunit;

namespace Cass.Tests.Recording;

public sealed class RunRecordTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_figure_of_a_run_is_in_the_csv_and_in_event_files_that_an_independent_reader_accepts()
    {
        // The published check value of CRC-32C (RFC 3720, B.4).
        Assert.Equal(0xE3069283u, EventFile.Crc32C("123456789"u8));
        var images = TinyTraining.Images(32);
        using var trainer = TinyTraining.Builder().RecordTo(folder.Path).ConfigurePretraining(o => o.Epochs = 2).Build();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        var backbones = trainer.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken);
        using var classifier = trainer.FineTune(backbones.Cnn, images, images, cancellationToken: TestContext.Current.CancellationToken);

        var events = Directory.GetFiles(folder["tensorboard"]).SelectMany(EventFile.Scalars).ToList();
        Assert.Equal(backbones.History.Select(e => (e.Epoch, (float)e.Loss)), Series("Self-Supervised Loss/train"));
        Assert.Equal(classifier.History.Select(e => (e.Epoch, (float)e.Loss)), Series("Supervised-CNN Loss/train"));
        Assert.Equal(classifier.History.Select(e => (e.Epoch, (float)e.F1)), Series("Supervised-CNN F1/train"));
        Assert.Equal(classifier.History.Select(e => (e.Epoch, (float)e.Accuracy!.Value)), Series("Supervised-CNN Accuracy/train"));
        Assert.Equal(classifier.History.Select(e => (e.Epoch, (float)e.ValidationArgmaxMacroF1!.Value)), Series("CNN Supervised Argmax Macro F1/Validation"));

        var rows = File.ReadAllLines(folder["metrics.csv"]);
        Assert.Equal("time,phase,metric,epoch,value", rows[0]);
        Assert.Equal(
            events.Select(e => (e.Tag, e.Step, e.Value)).Order(),
            rows.Skip(1).Select(row => row.Split(',')).Select(cells => (cells[2], long.Parse(cells[3], CultureInfo.InvariantCulture), (float)double.Parse(cells[4], CultureInfo.InvariantCulture))).Order());

        Assert.Equal(2, (int)JsonNode.Parse(File.ReadAllText(folder["settings.json"]))!["Pretraining"]!["Epochs"]!);
        Assert.Equal("cpu", (string?)JsonNode.Parse(File.ReadAllText(folder["environment.json"]))!["Device"]);

        IEnumerable<(int, float)> Series(string tag) => events.Where(e => e.Tag == tag).Select(e => ((int)e.Step, e.Value));
    }

    [Fact]
    public void The_hash_of_the_images_is_that_of_git()
    {
        var images = TinyTraining.Images(5);
        var text = string.Concat(Enumerable.Range(0, 5).Select(i => $"{images.NameOf(i)}\t{images.LabelsOf(i)[0]}\n"));
        File.WriteAllText(folder["list"], text);
        Assert.SkipUnless(Git(out var expected), "There is no git here.");

        var manifest = DataManifest.Of(images);

        Assert.Equal((5, expected), (manifest.Images, manifest.GitHash));

        bool Git(out string hash)
        {
            hash = string.Empty;
            try
            {
                using var process = Process.Start(new ProcessStartInfo("git", ["hash-object", folder["list"]]) { RedirectStandardOutput = true, UseShellExecute = false })!;
                hash = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    [Fact]
    public void The_report_shows_every_part_loads_nothing_and_encodes_what_names_contain()
    {
        var images = TinyTraining.Images(24);
        using var trainer = TinyTraining.Builder().Build();
        using var classifier = trainer.FineTune(trainer.Cnn, images, images, cancellationToken: TestContext.Current.CancellationToken);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var network = NetworkReport.Of(classifier, images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        PretrainingEpoch Epoch(int number, CollapseVerdict verdict) => new(
            number, 20.0 / number, 20, 1e-3, new Dictionary<string, double> { ["cnn"] = 0.5, ["transformer"] = 0.4 }, verdict, 10, TimeSpan.FromSeconds(1), 0.01,
            new Dictionary<string, double> { ["cnn"] = 1, ["transformer"] = 2 }, new Dictionary<string, double>());
        var report = new RunReport
        {
            Title = "<Kidney> & \"liver\"",
            Options = trainer.Options,
            Environment = trainer.Environment,
            Pretraining = [Epoch(1, CollapseVerdict.Healthy), Epoch(2, CollapseVerdict.Collapsed)],
            Networks = [network],
        };

        report.Write(folder.Path);

        var html = File.ReadAllText(folder["report.html"]);
        Assert.Contains("&lt;Kidney&gt; &amp; &quot;liver&quot;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<Kidney>", html, StringComparison.Ordinal);
        Assert.Contains("Pretraining collapsed", html, StringComparison.Ordinal);
        Assert.All(classifier.Labels.Names, label => Assert.Contains($"<td class=\"text\">{label}</td>", html, StringComparison.Ordinal));
        Assert.Equal(network.Wrong.Count + network.Right.Count, Count(html, "data:image/png;base64,"));
        Assert.Equal(0, Count(html, "src=\"http") + Count(html, "href=") + Count(html, "<script") + Count(html, "url("));
        Assert.All(html.Split("http").Skip(1), rest => Assert.StartsWith("://www.w3.org/2000/svg", rest, StringComparison.Ordinal));

        var markdown = File.ReadAllText(folder["report.md"]);
        Assert.All(Directory.GetFiles(folder["charts"]), chart =>
        {
            Assert.Contains($"(charts/{Path.GetFileName(chart)})", markdown, StringComparison.Ordinal);
            XDocument.Load(chart);
        });
        Assert.Equal(7, Directory.GetFiles(folder["charts"]).Length);
        Assert.Equal(0.0, report.Networks[0].Evaluation.F1 - classifier.Evaluate(images, cancellationToken: TestContext.Current.CancellationToken).F1, 1e-12);
        Assert.Equal(report.Networks[0].Evaluation.F1, network.F1!.Estimate, 1e-12);
        Assert.All(network.Wrong, sample => Assert.NotEqual(sample.Truth, sample.Predicted));
        Assert.All(network.Right, sample => Assert.Equal(sample.Truth, sample.Predicted));
        Assert.All(network.Right, sample => Assert.Equal(classifier.Predict(sample.Image).Label, sample.Predicted));

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }

    [Theory]
    [InlineData(new[] { 1.0 })]
    [InlineData(new[] { 0.5, 0.5, 0.5 })]
    [InlineData(new[] { -3e-9, 2e-9 })]
    [InlineData(new[] { 1e12, -1e12, double.NaN })]
    public void A_chart_puts_every_finite_point_into_its_frame(double[] values)
    {
        var chart = new LineChart("t", "x");
        chart.Add("line", values.Select((y, i) => ((double)i, y)));
        var svg = XDocument.Parse(chart.ToSvg());

        var points = svg.Descendants().Single(e => e.Name.LocalName == "polyline").Attribute("points")!.Value.Split(' ')
            .Select(p => p.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Assert.Equal(values.Count(double.IsFinite), points.Count);
        Assert.All(points, p => Assert.True(p[0] is >= 64 and <= 624 && p[1] is >= 56 and <= 256, $"{p[0]}, {p[1]}"));
    }
}
