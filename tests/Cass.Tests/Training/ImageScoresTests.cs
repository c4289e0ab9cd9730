using Cass.Data;
using Cass.Training;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>What a classifier says of labelled images, as tensors.</summary>
public sealed class ImageScoresTests
{
    [Theory]
    [InlineData(FineTuningLoss.Focal)]
    [InlineData(FineTuningLoss.CrossEntropy)]
    public void Scores_are_the_predictions_beside_the_labels_and_groups_in_the_order_of_the_dataset(FineTuningLoss loss)
    {
        var images = TinyTraining.Images(13).WithGroups([.. Enumerable.Range(0, 13).Select(i => $"patient {i / 2}")]);
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.Loss) = (1, loss)).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, images);
        var shuffled = images.Subset([.. Enumerable.Range(0, 13).Reverse()]);

        using var scores = classifier.Score(shuffled);

        Assert.Equal([13, 4], scores.Probabilities.shape);
        Assert.Equal(ScalarType.Float32, scores.Probabilities.dtype);
        var predictions = classifier.Predict(shuffled.Images);
        for (var i = 0; i < 13; i++)
        {
            var target = new float[4];
            shuffled.WriteTarget(i, target);
            Assert.Equal(target, scores.Targets[i].data<float>().ToArray());
            Assert.Equal(predictions[i].Probabilities.Select(label => label.Probability), scores.Probabilities[i].data<float>().ToArray().Select(value => (double)value), (expected, actual) => Math.Abs(expected - actual) < 1e-5);
            Assert.Equal($"patient {(12 - i) / 2}", scores.Groups![i]);
        }
    }

    [Fact]
    public void Images_without_groups_have_none_and_those_of_other_classes_are_refused()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(8));
        using var scores = classifier.Score(TinyTraining.Images(4));

        Assert.Null(scores.Groups);
        var others = ImageDataset.FromImages([((IImageSource)new TinyImage(0, 1), "one"), (new TinyImage(1, 1), "two")]);
        Assert.Contains("classifier's label map", Assert.Throws<CassInputException>(() => classifier.Score(others)).Message, StringComparison.Ordinal);
    }
}
