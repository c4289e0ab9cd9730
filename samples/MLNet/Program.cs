// CASS as one more trainer in an ML.NET pipeline: fit, evaluate, save, load, predict; then as features for a trainer of ML.NET's own.
// usage: dotnet run -c Release --project samples/MLNet [-- FOLDER], a folder with one sub-folder of images for each class
using Cass;
using Cass.Data;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet;
using Phantoms;

var quick = args is ["--quick"];
var (patients, pretraining, fineTuning, size) = quick ? (12, 1, 1, 32) : (100, 5, 20, 64);
try
{
    var rows = args is [var folder] && !quick ? Scans.In(folder) : Scans.Of(PhantomPatients.OfOneClass(patients, slices: 2));
    var context = new MLContext(seed: 1);
    if (!quick)
    {
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Info && e.Source.StartsWith("Cass", StringComparison.Ordinal))
            {
                Console.Error.WriteLine(e.RawMessage);
            }
        };
    }

    // Images of one patient stay on one side of the split.
    var parts = context.Data.TrainTestSplit(context.Data.LoadFromEnumerable(rows), testFraction: 0.3, samplingKeyColumnName: nameof(Scan.Patient));
    void Configure(CassTrainerBuilder builder) => builder
        .UseCnn("resnet18")
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(size)
        .ConfigurePretraining(options => (options.Epochs, options.BatchSize) = (pretraining, 8))
        .ConfigureFineTuning(options => (options.Epochs, options.BatchSize) = (fineTuning, 8));

    var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(Scan.Finding))
        .Append(context.MulticlassClassification.Trainers.Cass("Label", nameof(Scan.Image), Configure))
        .Append(context.Transforms.Conversion.MapKeyToValue("PredictedFinding", "PredictedLabel"));
    using var model = pipeline.Fit(parts.TrainSet);
    var metrics = context.MulticlassClassification.Evaluate(model.Transform(parts.TestSet));
    Console.WriteLine($"CASS: accuracy {metrics.MicroAccuracy:0.000}, mean over the classes {metrics.MacroAccuracy:0.000}, log-loss {metrics.LogLoss:0.000}");
    Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());

    // The zip holds both networks, the classes and the preprocessing. Whoever loads it needs Cass.ML, and no libtorch.
    var zip = Path.Combine(Path.GetTempPath(), $"cass-{Environment.ProcessId}.zip");
    context.Model.Save(model, parts.TrainSet.Schema, zip);
    var loaded = context.Model.Load(zip, out _);
    File.Delete(zip);
    using (var engine = context.Model.CreatePredictionEngine<Scan, Diagnosis>(loaded))
    {
        var diagnosis = engine.Predict(rows[0]);
        Console.WriteLine($"{rows[0].Patient}, {rows[0].Finding}: {diagnosis.PredictedFinding} {diagnosis.Score.Max():P1}");
    }

    (loaded as IDisposable)?.Dispose();

    // Without labels, as features. The checkpoint keeps them, since ML.NET would compute them anew in each of the trainer's passes.
    var features = context.Transforms.Conversion.MapValueToKey("Label", nameof(Scan.Finding))
        .Append(context.Transforms.CassEmbedding("Features", nameof(Scan.Image), Configure))
        .AppendCacheCheckpoint(context)
        .Append(context.MulticlassClassification.Trainers.SdcaMaximumEntropy());
    using var linear = features.Fit(parts.TrainSet);
    metrics = context.MulticlassClassification.Evaluate(linear.Transform(parts.TestSet));
    Console.WriteLine($"SdcaMaximumEntropy on embeddings: accuracy {metrics.MicroAccuracy:0.000}");
    return 0;
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
