using System.Text.Json;
using BrainMri.Phantoms;
using Cass.Data;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>What the sample writes, read as its users read it.</summary>
public sealed class BrainMriResultsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_on_phantoms_prints_scores_and_writes_weights_results_and_figure()
    {
        var result = SampleProcess.Run(folder.Path, ["--phantoms", "80", "--save-phantoms", "phantoms", "--finetune-epochs", "2", .. BrainMriRunTests.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(result.Error);
        Assert.Contains("synthetic", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"Test accuracy of resnet18: [01]\.\d{4}, macro F1 [01]\.\d{4} \(most probable class\)", result.Output);
        Assert.Contains("Test F1 of resnet18: 0.", result.Output, StringComparison.Ordinal);
        Assert.Contains("Test F1 of vit_tiny_patch16_224: 0.", result.Output, StringComparison.Ordinal);
        Assert.Equal(80, Directory.GetFiles(folder["phantoms"], "*.png", SearchOption.AllDirectories).Length);

        var output = folder["runs/brain-mri"];
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "results.json")));
        var results = json.RootElement;
        Assert.True(results.GetProperty("synthetic").GetBoolean());
        Assert.Equal(64, results.GetProperty("classes").EnumerateArray().Sum(row => row.GetProperty("train").GetInt32()));
        Assert.Equal(32, results.GetProperty("labelled_images").GetInt32());
        Assert.Equal(8, results.GetProperty("pretraining").GetProperty("step_losses").GetArrayLength());
        Assert.Equal(32, results.GetProperty("settings").GetProperty("image_size").GetInt32());
        foreach (var network in new[] { "cnn", "transformer" })
        {
            var scores = results.GetProperty(network);
            Assert.Equal(2, scores.GetProperty("fine_tuning").GetArrayLength());
            Assert.InRange(scores.GetProperty("test").GetProperty("f1").GetDouble(), 0, 1);
            Assert.InRange(scores.GetProperty("test").GetProperty("argmax_macro_f1").GetDouble(), 0, 1);
            Assert.All(scores.GetProperty("fine_tuning").EnumerateArray(), epoch => Assert.InRange(epoch.GetProperty("validation_accuracy").GetDouble(), 0, 1));
            Assert.Equal(8, scores.GetProperty("test").GetProperty("confusion").EnumerateArray().SelectMany(row => row.EnumerateArray()).Sum(n => n.GetInt32()));
        }

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(output, "results.png"))[..4]);
        foreach (var network in new[] { "cnn", "vit" })
        {
            using var classifier = ImageClassifier.Load(Path.Combine(output, network), TrainingDevice.Cpu);
            Assert.Equal(LabelMap.BrainTumorMri, classifier.Labels);
            Assert.Equal(32, classifier.ImageHeight);
            Assert.Equal(4, classifier.Predict(new PhantomImage(TumorKind.Glioma, 1)).Probabilities.Count);
        }

        Assert.DoesNotContain(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
