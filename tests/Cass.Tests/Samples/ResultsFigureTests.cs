using System.Text.Json;
using BrainMri.CommandLine;
using BrainMri.Results;
using Cass.Tests.Recording;
using Cass.Training;
using ScottPlot;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The figure and the file of results of the sample, for few and many classes and for names of every kind.</summary>
public sealed class ResultsFigureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(1000)]
    public void A_figure_and_a_file_of_any_number_of_classes_stay_small(int classes)
    {
        var results = Results([.. Enumerable.Range(0, classes).Select(c => $"class {c}")]);

        ResultsFigure.Write(folder["results.png"], results);
        ResultsFile.Write(folder["results.json"], results);

        Assert.InRange(new FileInfo(folder["results.png"]).Length, 1000, 500_000);
        Assert.InRange(new FileInfo(folder["results.json"]).Length, 1000, 100_000 + (2000 * classes));
        using var json = JsonDocument.Parse(File.ReadAllText(folder["results.json"]));
        var test = json.RootElement.GetProperty("cnn").GetProperty("test");
        Assert.Equal(classes <= 100, test.TryGetProperty("confusion", out _));
        Assert.Equal(results.Cnn.Test.Confused!.Sum(pair => pair.Images), test.GetProperty("confused").EnumerateArray().Sum(pair => pair.GetProperty("images").GetInt32()));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(10, false)]
    [InlineData(100, true)]
    [InlineData(100, false)]
    public void Class_names_keep_clear_of_one_another(int classes, bool below)
    {
        Assert.SkipUnless(ResultsFigure.HasFonts, "This machine has no font.");
        using var text = new FigureText(FigureFonts.OfThisMachine);
        using var plot = new Plot();
        string[] labels = [.. Enumerable.Range(0, classes).Select(c => $"MMMM a long name of class {c}, which nobody shortened")];
        var names = below ? ClassNames.Below(plot, text, labels, 400) : ClassNames.Left(plot, text, labels, 400);
        plot.Axes.SetLimits(-0.5, classes - 0.5, -0.5, classes - 0.5);
        plot.GetImage(570, 500);

        using var bitmap = new SKBitmap(570, 500);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        names.Draw(canvas, plot);

        // Lines of pixels along the axis with ink in them, in groups that white ones part.
        var inked = Enumerable.Range(0, below ? 570 : 500)
            .Select(i => Enumerable.Range(0, below ? 500 : 570).Any(j => (below ? bitmap.GetPixel(i, j) : bitmap.GetPixel(j, i)) != SKColors.White)).ToList();
        var groups = inked.Where((ink, i) => ink && (i == 0 || !inked[i - 1])).Count();
        Assert.InRange(groups, classes == 10 ? 10 : 25, classes == 10 ? 10 : 50);
    }

    [Fact]
    public void A_text_is_in_a_font_that_has_it_or_in_several_and_what_none_has_is_named()
    {
        bool Has(string family, string text) => text.EnumerateRunes().All(rune => family switch
        {
            "DejaVu Sans" => rune.Value < 0x250,
            "Gothic" => rune.Value is >= 0xAC00 and < 0xD7B0,
            _ => rune.Value is < 0x80 or (>= 0x3000 and < 0xA000),
        });
        var fonts = new FigureFonts(["Gothic", "DejaVu Sans", "Ming"], Has);

        Assert.Equal("DejaVu Sans", fonts.Main);
        Assert.Equal([("Größe", "DejaVu Sans")], fonts.Parts("Größe"));
        Assert.Equal([("健康 1", "Ming")], fonts.Parts("健康 1"));
        Assert.Equal([("한국어", "Gothic")], fonts.Parts("한국어"));
        Assert.Equal([("é", "DejaVu Sans"), ("健", "Ming"), ("한", "Gothic")], fonts.Parts("é健한"));
        Assert.Equal([("a", "DejaVu Sans"), ("ক", null)], fonts.Parts("aক"));
        Assert.Equal(
            [(new WritingSystem("Bengali", "fonts-noto-core"), "aক"), (new WritingSystem("pictographs", "fonts-noto-color-emoji"), "🧠")],
            fonts.Missing(["健康", "aক", "খ", "🧠\uFE0F", "한국어"]).Select(missing => (missing.System, missing.Example.TrimEnd('\uFE0F'))));
    }

    [Theory]
    [InlineData("健康", "Chinese characters", "fonts-noto-cjk")]
    [InlineData("カ", "Japanese", "fonts-noto-cjk")]
    [InlineData("한", "Korean", "fonts-noto-cjk")]
    [InlineData("س", "Arabic", "fonts-noto-core")]
    [InlineData("क", "Devanagari", "fonts-noto-core")]
    [InlineData("Ω", "Greek", "fonts-noto-core")]
    public void A_writing_system_goes_by_its_name(string text, string name, string package) =>
        Assert.Equal(new WritingSystem(name, package), WritingSystem.Of(text.EnumerateRunes().First()));

    [Theory]
    [InlineData("健康")]
    [InlineData("日本語")]
    [InlineData("한국어")]
    [InlineData("سليم")]
    [InlineData("हिन्दी")]
    public void Where_a_font_has_a_name_the_figure_draws_its_glyphs(string name)
    {
        var fonts = FigureFonts.OfThisMachine;
        Assert.SkipUnless(fonts.Parts(name) is [{ Family: not null }], "No font of this machine has it.");
        Assert.Empty(ResultsFigure.Warnings(Results([name, "other"])));
        using var text = new FigureText(fonts);
        using var drawn = Drawn(name);
        using var box = Drawn("\uFFFF");
        Assert.True(Ink(drawn) > 0);
        Assert.NotEqual(drawn.Bytes, box.Bytes);

        // Boxes would be one like another.
        Assert.All(name.EnumerateRunes().Zip(name.EnumerateRunes().Skip(1)).Where(pair => pair.First != pair.Second), pair =>
        {
            using var first = Drawn(pair.First.ToString());
            using var second = Drawn(pair.Second.ToString());
            Assert.NotEqual(first.Bytes, second.Bytes);
        });

        SKBitmap Drawn(string part)
        {
            var bitmap = new SKBitmap(120, 40);
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(SKColors.White);
            text.Draw(canvas, part, 5, 30, 20);
            return bitmap;
        }

        static int Ink(SKBitmap bitmap) => bitmap.Pixels.Count(pixel => pixel != SKColors.White);
    }

    [Fact]
    public void Text_is_shortened_by_whole_characters()
    {
        Assert.SkipUnless(ResultsFigure.HasFonts, "This machine has no font.");
        using var text = new FigureText(FigureFonts.OfThisMachine);
        Assert.Equal("short", text.Fitted("short", 14, 100));
        var fitted = text.Fitted("a\u0301b\u0301c\u0301d\u0301e\u0301f\u0301g\u0301h\u0301", 14, 40);
        Assert.EndsWith("\u0301…", fitted, StringComparison.Ordinal);
        Assert.True(text.Width(fitted, 14) <= 40);
        Assert.True(fitted.Length > 3);
    }

    internal static RunResults Results(IReadOnlyList<string> labels, int images = 2000)
    {
        using var scores = ManyClasses.Scores(images, labels.Count);
        using var others = ManyClasses.Scores(images - 1, labels.Count);
        NetworkResults Network(string name, Scores scored) => new(
            name,
            [.. Enumerable.Range(1, 5).Select(i => new FineTuningEpoch(i, 1.0 / i, 1 - (1.0 / i), 0.5, 1.2 / i, 0.9 - (0.9 / i), 1e-3, 10, TimeSpan.FromSeconds(1), 0, 1))],
            Evaluator.Report(name, scored, new LabelMap(labels), multiLabel: false, Cass.Metrics.DecisionThresholds.Half));
        BrainMri.CommandLine.RunSettings? settings = null;
        new BrainMriCommand(parsed => settings = parsed).Invoke([]);
        return new RunResults
        {
            Version = "1",
            Started = DateTimeOffset.UnixEpoch,
            Seconds = 1,
            Images = "made up",
            Synthetic = true,
            Classes = [.. labels.Select((label, id) => new ClassCount(label, id, 1, 1, 1))],
            LabeledImages = images,
            Pretraining = null,
            Cnn = Network("resnet18", scores),
            Transformer = Network("vit_tiny_patch16_224", others),
            Settings = settings!,
            TrainerOptions = new CassOptions(),
        };
    }
}
