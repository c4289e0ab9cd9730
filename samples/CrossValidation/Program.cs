// Chooses a learning rate by cross-validation over patients, says how sure the choice is, and scores it once on patients that had no say in it.
// usage: dotnet run -c Release --project samples/CrossValidation [-- FOLDER], a folder with one sub-folder of images for each class
using System.Globalization;
using Cass;
using Cass.Data;
using Cass.Metrics;
using Cass.Models;
using Cass.Training;
using CrossValidation;
using Phantoms;

var quick = args is ["--quick"];
var (patients, epochs, folds, rates) = quick ? (16, 1, 2, [1e-4, 1e-3]) : (60, 10, 3, (double[])[1e-4, 1e-3, 1e-2]);
try
{
    var images = args is [var folder] && !quick ? Clustered(ImageFolder.Read(folder)) : PhantomPatients.OfOneClass(patients, slices: 3);

    // What is chosen by a score is better by that score than in truth: the last word is with patients that were kept aside.
    var (rest, test) = images.SplitByGroup(0.25, seed: 77, stratify: true);
    var parts = rest.KFoldsByGroup(folds);
    Console.WriteLine($"{rest.Count} images for {folds} folds, {test.Count} of other patients kept aside");

    // Every fold of every rate begins with the same weights, here of a small ResNet for small images.
    TorchBackend.EnsureLoaded();
    TorchSharp.torch.random.manual_seed(77);
    var configuration = new BackboneConfiguration(32, 32, 3, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1, "bilinear", "conv1", ["fc"]);
    using var network = new BackboneRegistry().Register("small_resnet", configuration, CreateSmallResNet).Create("small_resnet");
    Console.WriteLine($"rate     {string.Join("  ", Enumerable.Range(1, folds).Select(fold => $"fold {fold}"))}    mean");
    var searched = new List<FoldScores>();
    foreach (var rate in rates)
    {
        using var tuner = Tuner(rate);
        var scores = new List<ImageScores>();
        foreach (var part in parts)
        {
            using var classifier = tuner.FineTune(network, part.Train);
            scores.Add(classifier.Score(part.Test));
        }

        var ofRate = new FoldScores(rate, scores);
        searched.Add(ofRate);
        Console.WriteLine($"{Format(rate),-8} {string.Join("  ", ofRate.OfFolds.Select(accuracy => $"{accuracy,6:0.000}"))}  {ofRate.Mean,6:0.000}");
    }

    // Each patient was scored by the network of one fold, which had not seen it; so rates are compared patient by patient.
    var ranking = searched.OrderByDescending(scores => scores.Mean).ToArray();
    var best = ranking[0];
    var comparisons = ranking.Skip(1).Select(other => (other.Rate, Result: best.Against(other))).ToArray();
    var pValues = HolmCorrection.Adjust([.. comparisons.Select(comparison => comparison.Result.PValue)]);
    foreach (var ((rate, result), p) in comparisons.Zip(pValues))
    {
        Console.WriteLine($"{Format(best.Rate)} against {Format(rate)}: accuracy higher by {result.Difference}, p = {p:0.000} (Holm)");
    }

    using var final = Tuner(best.Rate);
    using var chosen = final.FineTune(network, rest);
    using var last = chosen.Score(test);
    Console.WriteLine($"{Format(best.Rate)}, trained on all {rest.Count}: accuracy {Bootstrap.Interval(() => new Accuracy(), last.Probabilities, last.Targets, last.Groups)} on the {test.Count} kept aside");
    searched.ForEach(scores => scores.Dispose());
    return 0;
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

FineTuner Tuner(double rate) => new(
    new FineTuningOptions { Epochs = epochs, Loss = FineTuningLoss.CrossEntropy, LearningRate = { Rate = rate } },
    new RunOptions { Images = { Height = 32 } });

// Images that look alike stay in one fold.
static ImageDataset Clustered(ImageDataset images) => images.WithGroups(DuplicateClusters.Find(images).Groups);

static Backbone CreateSmallResNet(BackboneConfiguration configuration, BackboneOptions options) =>
    new ResNet("small_resnet", new([1, 1, 1, 1], Bottleneck: false) { Channels = [16, 32, 64, 128], SmallImageStem = true }, configuration, options);

static string Format(double rate) => rate.ToString("0.####", CultureInfo.InvariantCulture);
