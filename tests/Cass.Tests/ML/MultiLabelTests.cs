using Cass.ML;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace Cass.Tests.ML;

/// <summary>CASS as a trainer of ML.NET for images of several labels, and what they are evaluated by.</summary>
public sealed class MultiLabelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext context = new(seed: 1);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Labels_may_be_sets_of_keys_booleans_or_numbers_and_train_the_same()
    {
        var rows = TinyView.Rows(folder, 12);
        var sets = TinyView.Of(context, rows);
        sets = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Findings)).Fit(sets).Transform(sets);
        var names = (string[])["rows", "columns"];
        var flags = context.Data.LoadFromEnumerable(rows.Select(row => new FlaggedRow { Path = row.Path, Label = [.. names.Select(row.Findings.Contains)] }));
        var numbers = context.Data.LoadFromEnumerable(rows.Select(row => new NumberedRow { Path = row.Path, Label = [.. names.Select(name => row.Findings.Contains(name) ? 1f : 0f)] }));
        var scores = new List<float[]>();
        foreach (var view in (IDataView[])[sets, flags, numbers])
        {
            using var model = new MLContext(seed: 2).MulticlassClassification.Trainers.CassMultiLabel("Label", "Path", TinyView.Configure).Fit(view);
            var scored = model.Transform(view);
            scores.Add([.. scored.GetColumn<VBuffer<float>>("Score").SelectMany(score => score.DenseValues())]);
            foreach (var (score, predicted) in scored.GetColumn<VBuffer<float>>("Score").Zip(scored.GetColumn<VBuffer<bool>>("PredictedLabel")))
            {
                Assert.Equal(score.DenseValues().Select(probability => probability > 0.5), predicted.DenseValues());
            }

            var slots = default(VBuffer<ReadOnlyMemory<char>>);
            scored.Schema["PredictedLabel"].GetSlotNames(ref slots);
            Assert.Equal(ReferenceEquals(view, sets) ? names : ["0", "1"], slots.DenseValues().Select(slot => slot.ToString()));
        }

        Assert.Equal(24, scores[0].Length);
        Assert.Equal(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);
    }

    [Fact]
    public void Thresholds_that_fine_tuning_chose_decide()
    {
        var rows = TinyView.Rows(folder, 12);
        var view = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Findings)).Fit(TinyView.Of(context, rows)).Transform(TinyView.Of(context, rows));
        var options = new CassClassificationOptions
        {
            ImageColumnName = "Path",
            ClassifierFolder = folder["classifiers"],
            Networks = CassNetworks.Cnn,
            Configure = builder =>
            {
                TinyView.Configure(builder);
                builder.ConfigureFineTuning(o => o.TuneThresholds = true);
            },
        };
        using var model = context.MulticlassClassification.Trainers.CassMultiLabel(options).Fit(view, view);
        using var classifier = ImageClassifier.Load(folder["classifiers/" + TinyBackbones.ResNet], TrainingDevice.Cpu, TinyBackbones.Registry());
        var expected = classifier.Predict([.. rows.Select(row => new Cass.Data.ImageFile(row.Path))]);
        Assert.NotEqual(0.5, classifier.Thresholds[0]);
        Assert.Equal(
            expected.Select(prediction => classifier.Labels.Names.Select(prediction.Labels.Contains)),
            model.Transform(view).GetColumn<VBuffer<bool>>("PredictedLabel").Select(predicted => predicted.DenseValues()));
    }

    [Fact]
    public void Figures_are_those_that_one_counts_by_hand()
    {
        // Labels a and b; true: a | a b | - | b; predicted: a | a | a | b.
        bool[][] truth = [[true, false], [true, true], [false, false], [false, true]];
        bool[][] predicted = [[true, false], [true, false], [true, false], [false, true]];
        float[][] scores = [[0.9f, 0.1f], [0.8f, 0.3f], [0.6f, 0.2f], [0.4f, 0.7f]];
        var view = context.Data.LoadFromEnumerable(truth.Select((row, i) => new EvaluatedRow { Label = row, Score = scores[i], PredictedLabel = predicted[i] }));
        var figures = context.MulticlassClassification.EvaluateMultiLabel(view);

        // a: 2 true positives, 1 false positive; b: 1 true positive, 1 false negative.
        Assert.Equal(4, figures.Images);
        Assert.Equal(6.0 / 8, figures.MicroF1, 1e-9);
        Assert.Equal(4.0 / 5, figures.F1ByLabel["0"], 1e-9);
        Assert.Equal(2.0 / 3, figures.F1ByLabel["1"], 1e-9);
        Assert.Equal(((4.0 / 5) + (2.0 / 3)) / 2, figures.MacroF1, 1e-9);

        // Each of the images with a label scores above each without it.
        Assert.Equal(1, figures.MacroAuroc, 1e-9);
        Assert.Equal(1, figures.MacroAveragePrecision, 1e-9);
        Assert.Equal(0.5, figures.SubsetAccuracy, 1e-9);
        Assert.Equal(2.0 / 8, figures.HammingLoss, 1e-9);
    }

    [Fact]
    public void Mistakes_are_named_with_their_remedy()
    {
        var rows = TinyView.Rows(folder, 8);
        var view = TinyView.Of(context, rows);
        void Refuses(string expected, Func<object> action) => Assert.Contains(expected, Assert.Throws<CassInputException>(action).Message, StringComparison.Ordinal);
        Refuses("the labels of an image are a vector of keys", () => context.MulticlassClassification.Trainers.CassMultiLabel("Kind", "Path", TinyView.Configure).Fit(view));
        var doubtful = context.Data.LoadFromEnumerable([new NumberedRow { Path = rows[0].Path, Label = [0.5f, 1] }]);
        Refuses("has the value 0.5; 1 says that an image is of a class", () => context.MulticlassClassification.Trainers.CassMultiLabel("Label", "Path", TinyView.Configure).Fit(doubtful));
        Refuses("FineTuning.Loss is CrossEntropy", () => context.MulticlassClassification.Trainers.CassMultiLabel("Label", "Path", builder => builder.UseCnn("resnet18").ConfigureFineTuning(o => o.Loss = FineTuningLoss.CrossEntropy)).Fit(doubtful));
        var other = context.Data.LoadFromEnumerable([new EvaluatedRow { Label = [true, false], Score = [0.5f, 1], PredictedLabel = [true, true] }]);
        Refuses("no column 'Scores'", () => context.MulticlassClassification.EvaluateMultiLabel(other, scoreColumnName: "Scores"));
        Refuses("must be a vector of 2 Boolean", () => context.MulticlassClassification.EvaluateMultiLabel(other, predictedLabelColumnName: "Score"));
        Refuses("no row to evaluate", () => context.MulticlassClassification.EvaluateMultiLabel(context.Data.LoadFromEnumerable<EvaluatedRow>([])));
    }

    private sealed class FlaggedRow
    {
        public string Path { get; set; } = string.Empty;

        [VectorType(2)]
        public bool[] Label { get; set; } = [];
    }

    private sealed class NumberedRow
    {
        public string Path { get; set; } = string.Empty;

        [VectorType(2)]
        public float[] Label { get; set; } = [];
    }

    private sealed class EvaluatedRow
    {
        [VectorType(2)]
        public bool[] Label { get; set; } = [];

        [VectorType(2)]
        public float[] Score { get; set; } = [];

        [VectorType(2)]
        public bool[] PredictedLabel { get; set; } = [];
    }
}
