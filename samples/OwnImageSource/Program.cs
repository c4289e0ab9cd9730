// Trains on images that no image file holds: 16-bit slices with rescale, window and photometric interpretation, as a DICOM library gives them.
// usage: dotnet run -c Release --project samples/OwnImageSource
using Cass;
using Cass.Data;
using Cass.Training;
using OwnImageSource;

var (patients, size, pretraining, fineTuning) = args is ["--quick"] ? (8, 32, 1, 1) : (64, 64, 4, 8);
DicomSlice[] archive = [.. DrawnSlices.Archive(patients, slices: 4)];

// Two patients with a nodule, of two scanners: what is stored differs, what is trained on does not.
foreach (var slice in archive.Where(slice => slice is { Finding: "nodule", InstanceNumber: 1 }).Take(2))
{
    var stored = slice.PixelData();
    var levels = new DicomImage(slice).Decode().Pixels;
    Console.WriteLine($"{slice.PatientId} {slice.PhotometricInterpretation}: stored {stored.Min()} to {stored.Max()}, slope {slice.RescaleSlope}, intercept {slice.RescaleIntercept}, "
        + $"window {slice.WindowCenter} ± {slice.WindowWidth / 2}; grey levels of the corner {levels[0]}, of the middle {levels[(slice.Rows / 2 * slice.Columns) + (slice.Columns / 2)]}");
}

// The patient is the group of each image. A split by groups has each patient on one side alone.
var builder = new ImageDatasetBuilder();
foreach (var slice in archive)
{
    builder.Add(new DicomImage(slice), [slice.Finding], slice.PatientId);
}

var (train, test) = builder.Build().SplitByGroup(0.25, seed: 77, stratify: true);
string[] testPatients = [.. Enumerable.Range(0, test.Count).Select(test.GroupOf).OfType<string>().Distinct(StringComparer.Ordinal)];
Console.WriteLine($"{train.Count} slices to train on, {test.Count} of {testPatients.Length} other patients to test on");

using var trainer = CassTrainer.CreateBuilder()
    .UseCnn("resnet18")
    .UseTransformer("vit_tiny_patch16_224")
    .WithImageSize(size)
    .ConfigurePretraining(options => options.Epochs = pretraining)
    .ConfigureFineTuning(options => (options.Epochs, options.Loss) = (fineTuning, FineTuningLoss.CrossEntropy))
    .Build();
trainer.Pretrain(train.Images);
using var classifier = trainer.FineTune(trainer.Cnn, train);
Console.WriteLine(classifier.Evaluate(test));

// Predictions take the same images. All slices of a patient tell more than one.
foreach (var slices in archive.GroupBy(slice => slice.PatientId, StringComparer.Ordinal).IntersectBy(testPatients, slices => slices.Key, StringComparer.Ordinal).Take(4))
{
    var predictions = classifier.Predict([.. slices.Select(slice => new DicomImage(slice))]);
    var nodule = predictions.Average(prediction => prediction.Probabilities.Single(label => label.Label is "nodule").Probability);
    Console.WriteLine($"{slices.Key}: nodule with a probability of {nodule:P0}; truth: {slices.First().Finding}");
}

return 0;
