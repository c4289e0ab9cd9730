using Cass.Data;
using Cass.ML;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Xunit;

namespace Cass.Tests.ML;

/// <summary>CASS as a trainer of ML.NET.</summary>
public sealed class ClassificationTests : IDisposable
{
    private const string ByteColumn = nameof(ImageRow.Bytes);
    private const string PathColumn = nameof(ImageRow.Path);
    private const string ImageColumn = "Picture";

    private readonly TemporaryFolder folder = new();
    private readonly MLContext context = new(seed: 1);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(PathColumn)]
    [InlineData(ByteColumn)]
    [InlineData(ImageColumn)]
    public void Scores_are_those_of_the_classifiers_that_were_trained(string column)
    {
        var rows = TinyView.Rows(folder, 12);
        var view = column == ImageColumn
            ? context.Transforms.LoadImages(ImageColumn, string.Empty, PathColumn).Fit(TinyView.Of(context, rows)).Transform(TinyView.Of(context, rows))
            : TinyView.Of(context, rows);
        using var model = Fit(view, new CassClassificationOptions { ImageColumnName = column, ClassifierFolder = folder["classifiers"] }, out var scored);
        using var ensemble = ClassifierEnsemble.Load([folder["classifiers/" + TinyBackbones.ResNet], folder["classifiers/" + TinyBackbones.Transformer]], TrainingDevice.Cpu, TinyBackbones.Registry());
        var expected = ensemble.Predict([.. rows.Select(row => new ImageFile(row.Path))]);
        var keys = default(VBuffer<ReadOnlyMemory<char>>);
        scored.Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.Equal(rows.Select(row => row.Kind).Distinct(), keys.DenseValues().Select(name => name.ToString()));
        var actual = context.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: false).ToList();
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (prediction, row) in expected.Zip(actual))
        {
            Assert.All(prediction.Probabilities.Zip(row.Score.DenseValues()), pair => Assert.Equal(pair.First.Probability, pair.Second, 2e-6));
            Assert.Equal(prediction.Label, ensemble.Labels[(int)row.PredictedLabel - 1]);
        }
    }

    [Fact]
    public void A_saved_model_scores_the_same_bits_here_and_in_another_process()
    {
        var rows = TinyView.Rows(folder, 8);
        using var model = Fit(TinyView.Of(context, rows), new CassClassificationOptions { ImageColumnName = PathColumn }, out var scored);
        var expected = Bits(scored);
        context.Model.Save(model, TinyView.Of(context, rows).Schema, folder["model.zip"]);
        var other = new MLContext();
        var loaded = other.Model.Load(folder["model.zip"], out _);
        Assert.Equal(expected, Bits(loaded.Transform(TinyView.Of(other, rows))));
        Assert.Equal(expected, Survival.TrainingProcess.Score(folder["model.zip"], rows.Select(row => row.Path)));
        (loaded as IDisposable)?.Dispose();
    }

    [Fact]
    public void Predictions_of_an_engine_are_those_of_the_view_and_its_labels_are_text_again()
    {
        var rows = TinyView.Rows(folder, 8);
        using var model = Fit(TinyView.Of(context, rows), new CassClassificationOptions { ImageColumnName = ByteColumn }, out var scored);
        var expected = context.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: false).ToList();
        using var engine = context.Model.CreatePredictionEngine<ImageRow, ScoredRow>(model);
        foreach (var (row, whole) in rows.Zip(expected))
        {
            var one = engine.Predict(row);
            Assert.Equal(whole.Score.DenseValues(), one.Score.DenseValues());
            Assert.Equal(whole.PredictedLabel, one.PredictedLabel);
        }
    }

    [Fact]
    public void Evaluation_and_cross_validation_know_the_classes_by_name()
    {
        var rows = TinyView.Rows(folder, 16);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind))
            .Append(context.MulticlassClassification.Trainers.Cass("Label", PathColumn, TinyView.Configure))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel"));
        var folds = context.MulticlassClassification.CrossValidate(TinyView.Of(context, rows), pipeline, numberOfFolds: 2);
        Assert.Equal(2, folds.Count);
        foreach (var fold in folds)
        {
            // Counted by hand from the rows that the fold scored.
            var (right, all) = (0, 0);
            using (var cursor = fold.ScoredHoldOutSet.GetRowCursor(fold.ScoredHoldOutSet.Schema))
            {
                var (truth, predicted) = (cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema[nameof(ImageRow.Kind)]), cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema["PredictedName"]));
                var (expected, actual) = (default(ReadOnlyMemory<char>), default(ReadOnlyMemory<char>));
                while (cursor.MoveNext())
                {
                    truth(ref expected);
                    predicted(ref actual);
                    right += expected.Span.SequenceEqual(actual.Span) ? 1 : 0;
                    all++;
                }
            }

            Assert.Equal((double)right / all, fold.Metrics.MicroAccuracy, 1e-12);
            Assert.All(TinyImage.Labels.Names, name => Assert.Contains(name, fold.Metrics.ConfusionMatrix.GetFormattedConfusionTable(), StringComparison.Ordinal));
            (fold.Model as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Labels_may_be_numbers_and_predictions_become_them_again()
    {
        var rows = TinyView.Rows(folder, 8);
        var view = TinyView.Of(context, rows);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Number))
            .Append(context.MulticlassClassification.Trainers.Cass("Label", PathColumn, TinyView.Configure))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedNumber", "PredictedLabel"));
        using var model = pipeline.Fit(view);
        var scored = model.Transform(view);
        Assert.Equal(NumberDataViewType.Single, scored.Schema["PredictedNumber"].Type);
        var slots = default(VBuffer<ReadOnlyMemory<char>>);
        scored.Schema["Score"].GetSlotNames(ref slots);
        Assert.Equal(["0.5", "1.5", "2.5", "3.5"], slots.DenseValues().Select(slot => slot.ToString()));
        Assert.All(scored.GetColumn<float>("PredictedNumber"), number => Assert.Contains(number, rows.Select(row => row.Number)));
    }

    [Fact]
    public void Keys_without_values_stay_keys()
    {
        var rows = TinyView.Rows(folder, 8);
        var schema = SchemaDefinition.Create(typeof(KeyedRow));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 4);
        var view = context.Data.LoadFromEnumerable(rows.Select((row, i) => new KeyedRow { Path = row.Path, Label = (uint)(i % 4) }), schema);
        using var model = context.MulticlassClassification.Trainers.Cass("Label", "Path", TinyView.Configure).Fit(view);
        var scored = model.Transform(view);
        var key = Assert.IsType<KeyDataViewType>(scored.Schema["PredictedLabel"].Type);
        Assert.Equal(4UL, key.Count);
        Assert.False(scored.Schema["PredictedLabel"].HasKeyValues());
    }

    [Fact]
    public void Images_without_a_label_are_pretrained_on_alone()
    {
        var rows = TinyView.Rows(folder, 16);
        var known = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind)).Fit(TinyView.Of(context, rows));
        for (var i = 8; i < rows.Count; i++)
        {
            rows[i].Kind = "not seen yet";
        }

        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.RawMessage);
        var unlabeled = TinyView.Rows(folder, 8, firstSeed: 100);
        var (pretrained, fineTuned) = (0, 0);
        var progress = new Observer(step =>
        {
            if (step.Phase == TrainingPhase.Pretraining)
            {
                pretrained = Math.Max(pretrained, step.Batches);
            }
            else
            {
                fineTuned = Math.Max(fineTuned, step.Batches);
            }
        });
        var options = new CassClassificationOptions { ImageColumnName = PathColumn, Configure = TinyView.Configure, UnlabeledData = TinyView.Of(context, unlabeled), Progress = progress };
        using var model = context.MulticlassClassification.Trainers.Cass(options).Fit(known.Transform(TinyView.Of(context, rows)));

        // 24 images and 8, in batches of 8.
        Assert.Equal((3, 1), (pretrained, fineTuned));
        Assert.Contains(messages, message => message.Contains("Pretraining epoch 1/1", StringComparison.Ordinal));
        Assert.Equal([TinyBackbones.ResNet, TinyBackbones.Transformer], model.Networks.Select(network => network.Name));
        Assert.All(model.Networks, network => Assert.Equal(2, network.History.Count));
    }

    [Fact]
    public void The_seed_of_the_context_decides()
    {
        var rows = TinyView.Rows(folder, 8);
        string Of(int seed)
        {
            var seeded = new MLContext(seed);
            var view = Keyed(seeded, TinyView.Of(seeded, rows));
            using var model = seeded.MulticlassClassification.Trainers.Cass("Label", PathColumn, TinyView.Configure).Fit(view);
            return Bits(model.Transform(view));
        }

        var first = Of(3);
        Assert.Equal(first, Of(3));
        Assert.NotEqual(first, Of(4));
    }

    [Fact]
    public void One_network_may_be_chosen_of_both_or_alone()
    {
        var view = Keyed(context, TinyView.Of(context, TinyView.Rows(folder, 8)));
        using var transformer = context.MulticlassClassification.Trainers.Cass(new CassClassificationOptions { ImageColumnName = PathColumn, Configure = TinyView.Configure, Networks = CassNetworks.Transformer }).Fit(view);
        Assert.Equal([TinyBackbones.Transformer], transformer.Networks.Select(network => network.Name));
        using var alone = context.MulticlassClassification.Trainers.Cass("Label", PathColumn, builder => builder
            .UseRegistry(TinyBackbones.Registry()).UseCnn(TinyBackbones.ConvNeXt).WithImageSize(32).OnDevice(TrainingDevice.Cpu)
            .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (1, 8))).Fit(view);
        Assert.Equal([TinyBackbones.ConvNeXt], alone.Networks.Select(network => network.Name));
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var view = Keyed(context, TinyView.Of(context, TinyView.Rows(folder, 8)));
        var options = new CassClassificationOptions { ImageColumnName = PathColumn, Configure = TinyView.Configure, CancellationToken = source.Token };
        Assert.ThrowsAny<OperationCanceledException>(() => context.MulticlassClassification.Trainers.Cass(options).Fit(view));
    }

    [Fact]
    public void Validation_images_choose_the_epoch_and_have_the_same_classes()
    {
        var (train, validation) = (TinyView.Rows(folder, 8), TinyView.Rows(folder, 8, firstSeed: 50));
        var keys = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind)).Fit(TinyView.Of(context, train));
        var trainer = context.MulticlassClassification.Trainers.Cass("Label", PathColumn, TinyView.Configure);
        using var model = trainer.Fit(keys.Transform(TinyView.Of(context, train)), keys.Transform(TinyView.Of(context, validation)));
        Assert.All(model.Networks, network => Assert.All(network.History, epoch => Assert.NotNull(epoch.ValidationLoss)));
        var others = Keyed(context, TinyView.Of(context, validation.Reverse()));
        var error = Assert.Throws<CassInputException>(() => trainer.Fit(keys.Transform(TinyView.Of(context, train)), others));
        Assert.Contains("one fitted MapValueToKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_model_leaves_no_file_behind()
    {
        var view = Keyed(context, TinyView.Of(context, TinyView.Rows(folder, 8)));
        var model = context.MulticlassClassification.Trainers.Cass("Label", PathColumn, TinyView.Configure).Fit(view);
        var file = model.ModelPath;
        Assert.True(File.Exists(file));
        _ = Bits(model.Transform(view));
        model.Dispose();
        Assert.False(File.Exists(file));
        Assert.Throws<ObjectDisposedException>(() => model.Transform(view));
    }

    [Fact]
    public void Mistakes_are_named_with_their_remedy()
    {
        var rows = TinyView.Rows(folder, 8);
        var view = TinyView.Of(context, rows);
        var keyed = Keyed(context, view);
        CassClassificationTrainer Trainer(string label, string image) => context.MulticlassClassification.Trainers.Cass(label, image, TinyView.Configure);
        void Refuses(string expected, Func<object> action) => Assert.Contains(expected, Assert.Throws<CassInputException>(action).Message, StringComparison.Ordinal);
        Refuses("no column 'Labels'; it has 'Path'", () => Trainer("Labels", PathColumn).Fit(view));
        Refuses("no column 'Imagepath'", () => Trainer("Label", "Imagepath").Fit(keyed));
        Refuses("MapValueToKey(\"Kind\")", () => Trainer("Kind", PathColumn).Fit(view));
        Refuses("The column 'Number' is of type Single; images are paths", () => Trainer("Label", "Number").Fit(keyed));
        Refuses("no column 'Imagepath'", () => Keys("Label", "Kind").Append(Trainer("Label", "Imagepath")).Fit(view));
        Refuses("LabelColumnName is empty", () => Trainer(" ", PathColumn));
        Refuses("ScoreColumnName and CassClassificationOptions.PredictedLabelColumnName are both 'Score'", () => context.MulticlassClassification.Trainers.Cass(new CassClassificationOptions { PredictedLabelColumnName = "Score" }));
        Refuses("ClassifierFolder", () => context.MulticlassClassification.Trainers.Cass(new CassClassificationOptions { ImageColumnName = PathColumn, ClassifierFolder = rows[0].Path, Configure = _ => Assert.Fail("Trained before the folder was looked at.") }).Fit(keyed));
        Refuses("nothing is pretrained", () => context.MulticlassClassification.Trainers.Cass(new CassClassificationOptions { ImageColumnName = PathColumn, UnlabeledData = view, Configure = TinyView.Configure, Pretrain = false }).Fit(keyed));
        var other = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind)).Fit(TinyView.Of(context, [new ImageRow { Kind = "x" }]));
        Refuses("No image has a label in column 'Label'", () => Trainer("Label", PathColumn).Fit(other.Transform(view)));
        var resized = context.Transforms.LoadImages("Loaded", string.Empty, PathColumn).Append(context.Transforms.ResizeImages("Resized", 31, 33, "Loaded")).Fit(keyed).Transform(keyed);
        Refuses("leave that step out", () => context.MulticlassClassification.Trainers.Cass("Label", "Resized", _ => Assert.Fail("Trained before the images were looked at.")).Fit(resized));
        Refuses("has no path", () => Trainer("Label", PathColumn).Fit(Keyed(context, TinyView.Of(context, [.. rows, new ImageRow { Kind = "rows" }]))));
    }

    [Fact]
    public void An_image_that_cannot_be_read_is_named_when_it_is_scored()
    {
        var rows = TinyView.Rows(folder, 8);
        using var model = Fit(TinyView.Of(context, rows), new CassClassificationOptions { ImageColumnName = PathColumn }, out _);
        File.WriteAllText(folder["broken.png"], "no image");
        using var engine = context.Model.CreatePredictionEngine<ImageRow, ScoredRow>(model);
        var error = Assert.ThrowsAny<CassInputException>(() => engine.Predict(new ImageRow { Path = folder["broken.png"] }));
        Assert.Contains("broken.png", error.Message, StringComparison.Ordinal);
    }

    private static string Bits(IDataView scored) => string.Join(' ', scored.GetColumn<VBuffer<float>>("Score").SelectMany(score => score.DenseValues()).Select(BitConverter.SingleToInt32Bits));

    private static IDataView Keyed(MLContext context, IDataView view) => context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind)).Fit(view).Transform(view);

    private ValueToKeyMappingEstimator Keys(string output, string input) => context.Transforms.Conversion.MapValueToKey(output, input);

    private TransformerChain<CassTransformer> Fit(IDataView view, CassClassificationOptions options, out IDataView scored)
    {
        options.Configure = TinyView.Configure;
        var model = context.Transforms.Conversion.MapValueToKey("Label", nameof(ImageRow.Kind)).Append(context.MulticlassClassification.Trainers.Cass(options)).Fit(view);
        scored = model.Transform(view);
        return model;
    }

    private sealed class KeyedRow
    {
        public string Path { get; set; } = string.Empty;

        public uint Label { get; set; }
    }
}
