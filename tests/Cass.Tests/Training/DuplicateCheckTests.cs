using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cass.Tests.Training;

public sealed class DuplicateCheckTests
{
    [Fact]
    public void Validation_and_test_images_that_are_training_images_are_warned_of_once_and_scored_apart()
    {
        var log = new Lines();
        var (train, validation, fresh) = (TinyTraining.Images(16), TinyTraining.Images(8, firstSeed: 100), TinyTraining.Images(12, firstSeed: 200));
        var leaky = ImageDataset.Concat(validation, train.Subset([0, 1, 2]));
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).UseLogger(log).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, train, leaky, cancellationToken: TestContext.Current.CancellationToken);
        const string OfValidation = "3 of the 11 validation images equal a training image pixel for pixel.";
        Assert.Equal(OfValidation, Assert.Single(log.Warnings, warning => warning.Contains("equal", StringComparison.Ordinal)));

        // The first and last image are known; all of the class 'columns' are.
        var test = ImageDataset.Concat(train.Subset([3]), fresh.Where(i => fresh.LabelsOf(i)[0] != 2), train.Subset([2, 6]));
        var report = classifier.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains("3 of the 12 evaluation images equal a training image pixel for pixel.", log.Warnings);
        var unseen = report.Unseen!;
        var rest = classifier.Evaluate(test.Subset([.. Enumerable.Range(1, 9)]), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((9, 3), (unseen.Images, unseen.LeftOut));
        Assert.Equal(["columns"], unseen.LostClasses);
        Assert.Equal(rest.F1, unseen.F1!.Value, 1e-12);
        Assert.Equal(rest.NotebookF1, unseen.NotebookF1!.Value, 1e-12);
        Assert.Equal(rest.Recall, unseen.Recall!.Value, 1e-12);
        Assert.Equal(rest.Precision, unseen.Precision!.Value, 1e-12);
        Assert.Equal(rest.Accuracy!.Value, unseen.Accuracy!.Value, 1e-12);
        Assert.Equal(rest.Classes.Where(c => c.Label != "columns").Average(c => c.F1), unseen.MacroF1!.Value, 1e-12);
        Assert.EndsWith("3 do. No image is left of columns.", unseen.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, rest.Unseen!.LeftOut);
        Assert.Equal(rest.F1, rest.Unseen.F1);

        var nothingNew = classifier.Evaluate(train, cancellationToken: TestContext.Current.CancellationToken).Unseen!;
        Assert.Equal((0, 16, null), (nothingNew.Images, nothingNew.LeftOut, nothingNew.F1));
        Assert.Equal("There is no F1 without duplicates: all 16 images equal a training image.", nothingNew.ToString());
        _ = classifier.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(log.Warnings.Distinct(), log.Warnings);

        using var folder = new TemporaryFolder();
        var network = NetworkReport.Of(classifier, test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(unseen.F1, network.Evaluation.Unseen!.F1);
        new RunReport
        {
            Options = trainer.Options,
            Environment = trainer.Environment,
            Networks = [network],
            Duplicates = LeakageReport.Compare([("training", train), ("test", test)], new DuplicateSearchOptions { Fingerprints = trainer.Fingerprints }),
        }.Write(folder.Path);
        foreach (var file in (string[])["report.md", "report.html"])
        {
            var text = File.ReadAllText(folder[file]);
            Assert.Contains("Without the test images that equal a training image", text, StringComparison.Ordinal);
            Assert.Contains("test, known from training", text, StringComparison.Ordinal);
        }

        Assert.Contains($" | {unseen.F1:0.000} | {report.F1:0.000} |", File.ReadAllText(folder["report.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_make_it_an_error_or_leave_it_out()
    {
        var images = TinyTraining.Images(8);
        var log = new Lines();
        using var strict = TinyTraining.Builder().Configure(o => o.DuplicateCheck.Action = DuplicateAction.Fail).UseLogger(log).Build();
        var error = Assert.Throws<CassInputException>(() => strict.FineTune(strict.Cnn, images, images.Subset([5]), cancellationToken: TestContext.Current.CancellationToken));
        Assert.StartsWith("1 of the 1 validation images equals a training image pixel for pixel. The first is 'tiny-rows-5'", error.Message, StringComparison.Ordinal);

        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Configure(o => o.DuplicateCheck.Compare = DuplicateCheck.None).UseLogger(log).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, images, images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Null(classifier.Evaluate(images, cancellationToken: TestContext.Current.CancellationToken).Unseen);
        classifier.TrainingImages = null;
        classifier.DuplicateCheck = new DuplicateCheckOptions();
        Assert.Null(classifier.Evaluate(images, cancellationToken: TestContext.Current.CancellationToken).Unseen);
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("equal", StringComparison.Ordinal));
    }

    private sealed class Lines : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
