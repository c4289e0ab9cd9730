using System.Globalization;
using Cass.Tests.Models;
using Cass.Tests.Reference;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>Training steps in float64, through the trainer, against the trajectories of the Python originals.</summary>
[Trait("Category", "Reference")]
public sealed class TraceTests
{
    public static TheoryData<string> PretrainingTraces => ReferenceFolder.Names("trace_pretrain_*.safetensors");

    public static TheoryData<string> FineTuningTraces => ReferenceFolder.Names("trace_finetune_*.safetensors");

    [Theory]
    [MemberData(nameof(PretrainingTraces))]
    public void Pretraining_follows_the_published_trajectory(string file)
    {
        var trace = ReferenceFolder.Open(file);
        var expected = trace.DoublesOf("loss");
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

        trainer.Pretrain(Batches(expected.Length, batch, size, phase: 100), losses);

        Assert.Equal(expected.Length, losses.Values.Count);

        // From the eighth step on the trajectory is chaotic: rounding decides.
        for (var i = 0; i < Math.Min(7, expected.Length); i++)
        {
            Assert.True(Math.Abs(losses.Values[i] - expected[i]) <= 1e-4 * Math.Abs(expected[i]), $"{file}, step {i}: {losses.Values[i]} instead of {expected[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(FineTuningTraces))]
    public void Fine_tuning_follows_the_published_trajectory(string file)
    {
        var trace = ReferenceFolder.Open(file);
        var expected = trace.DoublesOf("loss");
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

        using var classifier = trainer.FineTune(network, labels, [1, 1, 1, 1], Batches(expected.Length, batch, size, phase: 200, labels.Count), progress: losses);

        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(losses.Values[i] - expected[i]) <= 1e-5 * Math.Abs(expected[i]), $"{file}, step {i}: {losses.Values[i]} instead of {expected[i]}");
        }

        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var logits = classifier.Network.forward(DeterministicFill.Images(batch, 3, size, size, 999).to(ScalarType.Float64));
        var reference = trace["logits_after"];
        var deviation = (logits - reference).abs().max().item<double>();
        Assert.True(deviation <= 1e-5 * reference.abs().max().item<double>(), $"{file}: logits differ by {deviation}");
    }

    private static int Number(ReferenceTensors trace, string key) => int.Parse(trace.Metadata[key], CultureInfo.InvariantCulture);

    private static TensorBatches Batches(int count, int batchSize, int size, double phase, int classes = 0) => new(
        count,
        batchSize,
        k => DeterministicFill.Images(batchSize, 3, size, size, phase + k).to(ScalarType.Float64),
        classes == 0
            ? null
            : k => nn.functional.one_hot(tensor([.. Enumerable.Range(0, batchSize).Select(j => (long)((k + j) % classes))]), classes).to(ScalarType.Float64));
}
