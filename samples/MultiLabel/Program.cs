// Images with any number of labels each, from a CSV: trains, tunes a threshold for each label, and reports on each.
// usage: dotnet run -c Release --project samples/MultiLabel [-- FILE.csv], with the columns file, patient and findings (separated by |)
using Cass;
using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using MultiLabel;

var quick = args is ["--quick"];
var (patients, size, pretraining, fineTuning) = quick ? (16, 32, 1, 1) : (64, 64, 3, 12);
var scratch = Directory.CreateTempSubdirectory("multi-label-").FullName;
try
{
    var file = args is [var given] && !quick ? given : PhantomManifest.Write(scratch, patients);
    var images = CsvManifest.Read(file, new CsvManifestOptions
    {
        PathColumn = "file",
        TargetColumn = "findings",
        LabelSeparator = "|",
        GroupColumn = "patient",
    });
    var without = Enumerable.Range(0, images.Count).Count(i => images.LabelsOf(i).Count == 0);
    Console.WriteLine($"{images.Count} images, {without} of them without a finding; {string.Join(", ", images.Labels.Names.Zip(images.ClassCounts, (label, count) => $"{label} {count}"))}");

    // Patients to train on, others to choose the epoch and the thresholds by, and others again to test on.
    var (rest, test) = images.SplitByGroup(0.25, seed: 77);
    var (train, validation) = rest.SplitByGroup(0.25, seed: 77);

    using var trainer = CassTrainer.CreateBuilder()
        .UseCnn("resnet18")
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(size)
        .ConfigurePretraining(options => options.Epochs = pretraining)
        .ConfigureFineTuning(options =>
        {
            options.Epochs = fineTuning;
            options.TuneThresholds = true;    // by the F1 of each label on the validation images
        })
        .Build();
    trainer.CheckPlan(new RunPlan { Unlabeled = train.Images, Train = train, Validation = validation, Test = test });
    trainer.Pretrain(train.Images);
    using var classifier = trainer.FineTune(trainer.Cnn, train, validation);

    // Intervals are over patients, not images: those of one patient are no independent evidence.
    var report = NetworkReport.Of(classifier, test);
    Console.WriteLine(report.Evaluation);
    Console.WriteLine("label   images  threshold  precision  recall  F1 [95 %]");
    foreach (var (label, i) in report.Evaluation.Classes.Select((label, i) => (label, i)))
    {
        Console.WriteLine($"{label.Label,-7} {label.Images,6} {classifier.Thresholds[i],10:0.00} {label.Precision,10:0.000} {label.Recall,7:0.000}  {report.ClassF1[i]?.ToString() ?? "none"}");
    }

    // What no threshold decides: how well the probabilities rank the images of a label above the others.
    using var scores = classifier.Score(test);
    using var ranking = new Auroc();
    ranking.Update(scores.Probabilities, scores.Targets);
    Console.WriteLine($"AUROC, mean over the labels: {ranking.Compute():0.000}");

    var example = Enumerable.Range(0, test.Count).MaxBy(i => test.LabelsOf(i).Count);
    var prediction = classifier.Predict([test.Images[example]])[0];
    Console.WriteLine($"an image with {string.Join(" and ", test.LabelsOf(example).Select(id => test.Labels[id]))}: predicted {(prediction.Labels.Count == 0 ? "nothing" : string.Join(" and ", prediction.Labels))}");
    return 0;
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
finally
{
    Directory.Delete(scratch, recursive: true);
}
