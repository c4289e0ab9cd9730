using System.Globalization;
using Cass.Tests.Models;
using Cass.Tests.Reference;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>Training steps in float64, through the trainer, against the trajectories of the Python originals.</summary>
/// <remarks>
/// A trajectory soon is chaotic: rounding decides, the earlier the deeper the network. A shadow of each run, whose images
/// differ in the thirteenth digit, shows how far it is determined; beyond that there is nothing to compare.
/// </remarks>
[Trait("Category", "Reference")]
public sealed class TraceTests
{
    private const double Disturbance = 1e-13;
    private const double Tolerance = 1e-9;
    private const double LargestDrift = 1e-5;

    public static TheoryData<string> PretrainingTraces => ReferenceFolder.Names("trace_pretrain_*.safetensors");

    public static TheoryData<string> FineTuningTraces => ReferenceFolder.Names("trace_finetune_*.safetensors");

    [Theory]
    [MemberData(nameof(PretrainingTraces))]
    public void Pretraining_follows_the_published_trajectory(string file)
    {
        var trace = ReferenceFolder.Open(file);
        Follows(file, trace.DoublesOf("loss"), Pretrained(trace, file, disturbance: 0), Pretrained(trace, file, Disturbance));
    }

    [Theory]
    [MemberData(nameof(FineTuningTraces))]
    public void Fine_tuning_follows_the_published_trajectory(string file)
    {
        using var scope = NewDisposeScope();
        var trace = ReferenceFolder.Open(file);
        var (losses, logits) = FineTuned(trace, file, disturbance: 0);
        var (shadow, shadowOfLogits) = FineTuned(trace, file, Disturbance);
        if (Follows(file, trace.DoublesOf("loss"), losses, shadow))
        {
            var reference = trace["logits_after"];
            var scale = reference.abs().max().item<double>();
            var drift = (logits - shadowOfLogits).abs().max().item<double>();
            var deviation = (logits - reference).abs().max().item<double>();
            Assert.True(deviation <= (10 * drift) + (Tolerance * scale), $"{file}: logits differ by {deviation}, where rounding makes {drift}");
        }
    }

    /// <summary>Compares losses as far as they are determined.</summary>
    /// <returns>Whether all are.</returns>
    private static bool Follows(string file, double[] expected, List<double> losses, List<double> shadow)
    {
        Assert.Equal(expected.Length, losses.Count);
        var drift = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            drift = Math.Max(drift, Math.Abs(losses[i] - shadow[i]) / Math.Abs(expected[i]));
            if (drift > LargestDrift)
            {
                Assert.True(i > 0, $"{file}: not even the first step is determined.");
                return false;
            }

            var deviation = Math.Abs(losses[i] - expected[i]) / Math.Abs(expected[i]);
            Assert.True(deviation <= (10 * drift) + Tolerance, $"{file}, step {i}: {losses[i]} instead of {expected[i]}, a deviation of {deviation} where rounding makes {drift}");
        }

        return true;
    }

    private static List<double> Pretrained(ReferenceTensors trace, string file, double disturbance)
    {
        var (size, batch) = (Number(trace, "size"), Number(trace, "batch"));
        using var trainer = CassTrainer.CreateBuilder()
            .UseRecipe(CassRecipe.Published)
            .UseCnn(trace.Metadata["cnn"])
            .UseTransformer(trace.Metadata["vit"])
            .WithImageSize(size)
            .OnDevice(TrainingDevice.Cpu)
            .Configure(o => o.Precision = NumericPrecision.Float64)
            .ConfigurePretraining(o =>
            {
                o.Epochs = 1;
                o.ClearGradients = !file.Contains("accumulating", StringComparison.Ordinal);
            })
            .Build();
        DeterministicFill.Apply(trainer.Cnn);
        DeterministicFill.Apply(trainer.Transformer);
        var losses = new LossRecorder();
        trainer.Pretrain(Batches(trace.DoublesOf("loss").Length, batch, size, phase: 100, disturbance), losses);
        return losses.Values;
    }

    private static (List<double> Losses, Tensor Logits) FineTuned(ReferenceTensors trace, string file, double disturbance)
    {
        var (size, batch) = (Number(trace, "size"), Number(trace, "batch"));
        var model = trace.Metadata["model"];
        var labels = LabelMap.BrainTumorMri;
        var isTransformer = file.Contains("vit", StringComparison.Ordinal);
        using var trainer = CassTrainer.CreateBuilder()
            .UseRecipe(CassRecipe.Published)
            .UseCnn(isTransformer ? "resnet18" : model)
            .UseTransformer(isTransformer ? model : "vit_tiny_patch16_224")
            .WithImageSize(size)
            .OnDevice(TrainingDevice.Cpu)
            .Configure(o =>
            {
                o.Precision = NumericPrecision.Float64;
                (isTransformer ? o.Transformer : o.Cnn).NumClasses = labels.Count;
            })
            .ConfigureFineTuning(o =>
            {
                o.Epochs = 1;
                o.KeepClassifier = true;
                o.ClassWeights = new Dictionary<string, double>
                {
                    ["glioma"] = 0.2,
                    ["pituitary"] = 0.5970802919708029,
                    ["notumor"] = 1,
                    ["meningioma"] = 0.25255474452554744,
                };
            })
            .Build();
        var network = isTransformer ? trainer.Transformer : trainer.Cnn;
        DeterministicFill.Apply(network);
        var losses = new LossRecorder();
        using var classifier = trainer.FineTune(network, labels, [1, 1, 1, 1], Batches(trace.DoublesOf("loss").Length, batch, size, phase: 200, disturbance, labels.Count), progress: losses);
        using var guard = no_grad();
        return (losses.Values, classifier.Network.forward(DeterministicFill.Images(batch, 3, size, size, 999).to(ScalarType.Float64)));
    }

    private static int Number(ReferenceTensors trace, string key) => int.Parse(trace.Metadata[key], CultureInfo.InvariantCulture);

    private static TensorBatches Batches(int count, int batchSize, int size, double phase, double disturbance, int classes = 0) => new(
        count,
        batchSize,
        k => DeterministicFill.Images(batchSize, 3, size, size, phase + k).to(ScalarType.Float64).Times(1 + disturbance),
        classes == 0
            ? null
            : k => nn.functional.one_hot(tensor([.. Enumerable.Range(0, batchSize).Select(j => (long)((k + j) % classes))]), classes).to(ScalarType.Float64));
}
