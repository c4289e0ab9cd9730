using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.FineTuning;

/// <summary>Of images with one label each, what the most probable class scores stands beside what labels above a threshold score.</summary>
public sealed class SingleLabelTests
{
    // Classes 0, 0, 1 and 2, taken for 0, 1, 1 and 1: two of four right, F1 of 2/3, 1/2 and 0.
    private static readonly float[,] Probabilities = { { 0.4f, 0.1f, 0.2f }, { 0.1f, 0.3f, 0.2f }, { 0.1f, 0.45f, 0.2f }, { 0.2f, 0.49f, 0.1f } };
    private static readonly float[,] Targets = { { 1, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
    private const double Accuracy = 2.0 / 4;
    private const double MacroF1 = ((2.0 / 3) + (1.0 / 2) + 0) / 3;

    [Fact]
    public void Accuracy_and_macro_F1_of_the_most_probable_class_are_those_counted_by_hand()
    {
        using var scope = NewDisposeScope();
        using var scores = new SingleLabelScores();
        var (probabilities, targets) = (tensor(Probabilities), tensor(Targets));
        foreach (var (start, length) in new[] { (0, 1), (1, 3) })
        {
            scores.Update(probabilities.narrow(0, start, length), targets.narrow(0, start, length), targets.narrow(0, start, length));
        }

        AssertFigures(scores.Compute());

        using var resumed = new SingleLabelScores();
        resumed.Restore(scores.GetState());
        AssertFigures(resumed.Compute());

        // A checkpoint of a version that did not have these figures.
        resumed.Restore(new Dictionary<string, Tensor>());
        resumed.Update(probabilities, targets, targets);
        Assert.Equal((null, null), resumed.Compute());
        resumed.Reset();
        resumed.Update(probabilities, targets, targets);
        AssertFigures(resumed.Compute());

        static void AssertFigures((double? Accuracy, double? MacroF1) figures)
        {
            Assert.Equal(Accuracy, figures.Accuracy!.Value, 12);
            Assert.Equal(MacroF1, figures.MacroF1!.Value, 12);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    public void An_image_with_several_labels_or_none_leaves_no_accuracy_until_the_next_epoch(int first, int second)
    {
        using var scope = NewDisposeScope();
        using var scores = new SingleLabelScores();
        var (probabilities, targets) = (tensor(Probabilities), tensor(Targets));
        var other = tensor(new float[,] { { first, second, 0 } });
        scores.Update(probabilities, targets, targets);
        scores.Update(probabilities.narrow(0, 0, 1), other, other);
        Assert.Equal((null, null), scores.Compute());

        scores.Reset();
        scores.Update(probabilities, targets, targets);
        Assert.NotNull(scores.Compute().Accuracy);
    }

    [Fact]
    public void Mixed_targets_count_for_the_class_with_the_larger_share()
    {
        using var scope = NewDisposeScope();
        using var scores = new SingleLabelScores();
        var mixed = tensor(new[,] { { 0.6f, 0, 0.4f }, { 0.3f, 0.7f, 0 }, { 0, 1, 0 }, { 0, 0.2f, 0.8f } });
        scores.Update(tensor(Probabilities), tensor(Targets), mixed);

        // The second image now counts as class 1, which it is taken for.
        Assert.Equal(3.0 / 4, scores.Compute().Accuracy!.Value, 12);
    }

    [Fact]
    public void A_report_of_a_first_epoch_says_how_many_images_are_right_though_no_label_is_above_the_threshold()
    {
        using var scores = ScoresOf();
        var report = Evaluator.Report("resnet18", scores, new LabelMap(["a", "b", "c"]), multiLabel: false, DecisionThresholds.Half);
        Assert.Equal(0, report.F1);
        Assert.Equal(Accuracy, report.Accuracy!.Value, 12);
        Assert.Equal(MacroF1, report.ArgmaxMacroF1!.Value, 12);
        Assert.Equal(
            "resnet18: accuracy 0.5000, macro F1 0.3889 (most probable class); F1 0.0000, recall 0.0000, precision 0.0000 (labels above the threshold) on 4 images",
            report.ToString());

        // Without the first image: class 0 neither found nor predicted, class 1 still predicted thrice.
        var unseen = Evaluator.Unseen(report, scores, new HashSet<int> { 0 }, DuplicateCheck.Looks, new LabelMap(["a", "b", "c"]), DecisionThresholds.Half);
        Assert.Equal((0 + 0.5 + 0) / 3, unseen.ArgmaxMacroF1!.Value, 12);
        Assert.StartsWith("Accuracy 0.3333, macro F1 0.1667 (most probable class), F1 0.0000 on the 3 images", unseen.ToString(), StringComparison.Ordinal);

        // Without the only image of class 2, the mean is over the two others.
        unseen = Evaluator.Unseen(report, scores, new HashSet<int> { 3 }, DuplicateCheck.Looks, new LabelMap(["a", "b", "c"]), DecisionThresholds.Half);
        Assert.Equal(((2.0 / 3) + (2.0 / 3)) / 2, unseen.ArgmaxMacroF1!.Value, 12);
    }

    [Fact]
    public void A_report_of_several_labels_an_image_stays_as_it_was()
    {
        using var scores = ScoresOf();
        var report = Evaluator.Report("resnet18", scores, new LabelMap(["a", "b", "c"]), multiLabel: true, DecisionThresholds.Uniform(0.35));
        Assert.Null(report.Accuracy);
        Assert.Null(report.ArgmaxMacroF1);

        // Above 0.35 are 0 of the first image, rightly, 1 of the third, rightly, and 1 of the last, wrongly; of 4 labels.
        Assert.Equal("resnet18: F1 0.5714, recall 0.5000, precision 0.6667 on 4 images", report.ToString());
    }

    [Fact]
    public void The_history_and_the_log_of_fine_tuning_have_what_an_evaluation_finds()
    {
        var log = new LogLines();
        var (train, validation) = (TinyTraining.Images(32), TinyTraining.Images(16, 1000));
        using var trainer = TinyTraining.Builder().UseLogger(log).ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, train, validation, cancellationToken: TestContext.Current.CancellationToken);

        var row = Assert.Single(classifier.History);
        var report = classifier.Evaluate(validation, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(report.Accuracy, row.ValidationAccuracy);
        Assert.Equal(report.ArgmaxMacroF1!.Value, row.ValidationArgmaxMacroF1!.Value, 12);
        Assert.InRange(row.Accuracy!.Value, 0, 1);
        var correct = Enumerable.Range(0, validation.Count).Count(i => classifier.Predict(validation.Images[i]).Label == validation.Labels[validation.LabelsOf(i)[0]]);
        Assert.Equal((double)correct / validation.Count, row.ValidationAccuracy);
        var line = Assert.Single(log.Messages, message => message.StartsWith("Fine-tuning tiny_resnet epoch 1/1: loss ", StringComparison.Ordinal));
        Assert.Contains(FormattableString.Invariant($"; validation loss {row.ValidationLoss:0.0000}, accuracy {row.ValidationAccuracy:0.0000}, macro F1 {row.ValidationArgmaxMacroF1:0.0000}, F1 above the threshold {row.ValidationF1:0.0000}; "), line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_of_several_labels_an_image_has_no_accuracy()
    {
        var log = new LogLines();
        var builder = new ImageDatasetBuilder(TinyImage.Labels, multiLabel: true);
        foreach (var image in TinyTraining.Images(16).Images.Select((image, i) => (Image: image, Label: TinyImage.Labels[i % 4])))
        {
            builder.Add(image.Image, [image.Label]);
        }

        // As many labels as images: it is the problem that has several, not these images.
        using var trainer = TinyTraining.Builder().UseLogger(log).ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, builder.Build(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Null(classifier.History[0].Accuracy);
        Assert.Null(classifier.History[0].ArgmaxMacroF1);
        Assert.Contains(log.Messages, message => message.StartsWith("Fine-tuning tiny_resnet epoch 1/1: loss ", StringComparison.Ordinal) && !message.Contains("accuracy", StringComparison.Ordinal));
    }

    private static Scores ScoresOf()
    {
        using var scope = NewDisposeScope();
        var probabilities = tensor(Probabilities);
        return new Scores(probabilities.logit().MoveToOuterDisposeScope(), tensor(Targets).MoveToOuterDisposeScope(), [4], [0, 1, 2, 3]);
    }
}
