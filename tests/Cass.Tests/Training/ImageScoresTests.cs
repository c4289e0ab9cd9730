using Cass.Data;
using Cass.Training;
using TorchSharp;
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

    /// <summary>What is scored is what is predicted: one image at a time, whatever the views and however many classifiers.</summary>
    [Theory]
    [InlineData(FineTuningLoss.Focal, TestTimeAugmentation.HorizontalFlip)]
    [InlineData(FineTuningLoss.CrossEntropy, TestTimeAugmentation.HorizontalFlip)]
    [InlineData(FineTuningLoss.Focal, TestTimeAugmentation.Flips)]
    [InlineData(FineTuningLoss.CrossEntropy, TestTimeAugmentation.Flips)]
    public void Scores_follow_the_views_and_classifiers_of_predictions(FineTuningLoss loss, TestTimeAugmentation views)
    {
        var images = TinyTraining.Images(13);
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.Loss) = (1, loss)).Build();
        using var cnn = trainer.FineTune(trainer.Cnn, images);
        using var transformer = trainer.FineTune(trainer.Transformer, images);
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var plain = cnn.Score(images))
        {
            cnn.TestTimeAugmentation = transformer.TestTimeAugmentation = views;
            using var scores = cnn.Score(images);
            AssertPredicted(cnn.Predict(images.Images), scores);
            Assert.NotEqual(plain.Probabilities.data<float>().ToArray(), scores.Probabilities.data<float>().ToArray());
        }

        var ensemble = new ClassifierEnsemble(cnn, transformer);
        using (var scores = ensemble.Score(images))
        {
            AssertPredicted(ensemble.Predict(images.Images), scores);
        }

        AssertReported(cnn.Evaluate(images), cnn.Predict(images.Images));
        AssertReported(ensemble.Evaluate(images), ensemble.Predict(images.Images));
        Assert.True(double.IsFinite(cnn.Evaluate(images).Loss!.Value));
        Assert.Equal("tiny_resnet + tiny_vit", ensemble.Evaluate(images).Network);
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void AssertPredicted(IReadOnlyList<Prediction> predictions, ImageScores scores)
        {
            float[] actual = scores.Probabilities.data<float>().ToArray();
            Assert.Equal(predictions.SelectMany(prediction => prediction.Probabilities).Select(label => label.Probability), actual.Select(value => (double)value), (expected, value) => Math.Abs(expected - value) < 1e-5);
        }

        void AssertReported(EvaluationReport report, IReadOnlyList<Prediction> predictions)
        {
            var right = predictions.Where((prediction, i) => Target(i)[images.Labels.IdOf(prediction.Label)] == 1).Count();
            Assert.Equal(right / 13.0, report.Accuracy!.Value, 1e-12);
            Assert.Equal(13, report.Unseen!.LeftOut);
        }

        float[] Target(int image)
        {
            var target = new float[4];
            images.WriteTarget(image, target);
            return target;
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
