using Cass.Data;
using Cass.ML;
using Cass.Tests.Models;
using Cass.Tests.Serving;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace Cass.Tests.ML;

/// <summary>Vectors of images for ML.NET's own trainers.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext context = new(seed: 1);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void Vectors_of_a_saved_classifier_are_its_own_embeddings(string network)
    {
        var rows = TinyView.Rows(folder, 6);
        TinyClassifiers.Save(folder["classifier"], 3, new TinyImage(1, 1), network);
        using var classifier = ImageClassifier.Load(folder["classifier"], TrainingDevice.Cpu, TinyBackbones.Registry());
        var expected = classifier.Embed([.. rows.Select(row => new ImageFile(row.Path))]);
        var view = TinyView.Of(context, rows);
        using var model = context.Transforms.CassEmbedding("Features", nameof(ImageRow.Path), folder["classifier"], TinyBackbones.Registry()).Fit(view);
        var actual = model.Transform(view).GetColumn<VBuffer<float>>("Features").Select(vector => vector.DenseValues().ToArray()).ToList();
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal(one.Length, other.Length);
            Assert.All(one.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * (1 + Math.Abs(pair.First))));
        }
    }

    [Fact]
    public void Both_networks_are_pretrained_without_labels_and_feed_a_trainer_of_mlnet()
    {
        var rows = TinyView.Rows(folder, 16);
        var view = TinyView.Of(context, rows);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind))
            .Append(context.Transforms.CassEmbedding("Features", nameof(ImageRow.Path), TinyView.Configure))
            .AppendCacheCheckpoint(context)
            .Append(context.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        using var model = pipeline.Fit(view);
        var scored = model.Transform(view);

        // 64 channels of the convolutional network, then 16 of the transformer.
        Assert.Equal(80, Assert.IsType<VectorDataViewType>(scored.Schema["Features"].Type).Size);
        Assert.InRange(context.MulticlassClassification.Evaluate(scored).MicroAccuracy, 0.25, 1);
        context.Model.Save(model, view.Schema, folder["model.zip"]);
        var loaded = context.Model.Load(folder["model.zip"], out _);
        Assert.Equal(Vectors(scored), Vectors(loaded.Transform(view)));
        (loaded as IDisposable)?.Dispose();
    }

    [Fact]
    public void Networks_may_be_taken_as_they_start()
    {
        var rows = TinyView.Rows(folder, 4);
        var view = TinyView.Of(context, rows);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.RawMessage);
        using var model = context.Transforms.CassEmbedding("Features", nameof(ImageRow.Bytes), new CassEmbeddingOptions { Configure = TinyView.Configure, Pretrain = false, Networks = CassNetworks.Cnn }).Fit(view);
        Assert.DoesNotContain(messages, message => message.Contains("Pretraining epoch", StringComparison.Ordinal));
        Assert.Equal([TinyBackbones.ResNet], model.Networks.Select(network => network.Name));
        Assert.Equal(64, Assert.IsType<VectorDataViewType>(model.GetOutputSchema(view.Schema)["Features"].Type).Size);
    }

    private static IEnumerable<float> Vectors(IDataView view) => view.GetColumn<VBuffer<float>>("Features").SelectMany(vector => vector.DenseValues());
}
