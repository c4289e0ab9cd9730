using System.Globalization;
using Cass;
using Cass.Data;
using Cass.Explain;
using Cass.Explain.Benchmarks;
using Cass.Models;

const string Usage = "usage: FOLDER [IMAGES] [TRAINING-IMAGES] [EPOCHS]    trains a small pair on phantoms into FOLDER, or takes the one that is there, and measures how often explanations find the tumours of others";

const int PictureSide = 224;

if (args is not [var folder, ..] || folder.StartsWith('-'))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

TorchBackend.EnsureLoaded();
var count = Number(1, 120);
var classifiers = TrainedPair.In(folder, Number(2, 1000), Number(3, 15));
var all = MaskedPhantom.Several(count).ToArray();
foreach (var classifier in classifiers)
{
    var right = all.Count(IsRight(classifier));
    Console.WriteLine($"{classifier.Network.ModelName}: {right} of {all.Length} phantoms with a tumour predicted rightly");
}

// The same for both networks.
var phantoms = all.Where(phantom => classifiers.All(classifier => IsRight(classifier)(phantom))).ToArray();
var pipeline = CassTransforms.Validation(SmallPair.Side, SmallPair.Side, ChannelStatistics.BrainTumorMri);
var chance = Localization.Chance(phantoms);
Console.WriteLine($"\n{phantoms.Length} phantoms that both predict rightly; their tumours cover {Percent(chance.Heat)} of the image\n");
Console.WriteLine("| network | method | hottest place in the tumour | untrained | heat in the tumour | untrained |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var classifier in classifiers)
{
    TorchSharp.torch.random.manual_seed(77);
    using var untrained = SmallPair.Registry().Create(classifier.Network.ModelName, new BackboneOptions { NumClasses = classifier.Labels.Count });
    untrained.eval();
    foreach (var method in NetworkRelevance.Suitable(untrained))
    {
        var found = Localization.Of(classifier.Network, phantoms, method, pipeline);
        var random = Localization.Of(untrained, phantoms, method, pipeline);
        Console.WriteLine($"| {classifier.Network.ModelName} | {method} | {Percent(found.Hits)} | {Percent(random.Hits)} | {Percent(found.Heat)} | {Percent(random.Heat)} |");
    }
}

// One picture of each tumour for each network, drawn large.
foreach (var kind in phantoms.DistinctBy(phantom => phantom.Image.Kind).Select(phantom => phantom.Image))
{
    var large = kind.InSize(PictureSide);
    foreach (var classifier in classifiers)
    {
        var explanations = NetworkRelevance.Suitable(classifier.Network).Select(method => classifier.Explain(large, method, (int)kind.Kind)).ToArray();
        ExplanationPictures.SaveSideBySide(explanations, Path.Combine(folder, $"{kind.Kind}-{classifier.Network.ModelName}.png".ToLowerInvariant()));
    }
}

foreach (var classifier in classifiers)
{
    classifier.Dispose();
}

return 0;

int Number(int position, int otherwise) => position < args.Length ? int.Parse(args[position], CultureInfo.InvariantCulture) : otherwise;

static Func<MaskedPhantom, bool> IsRight(Cass.Training.ImageClassifier classifier) => phantom => string.Equals(classifier.Predict(phantom.Image).Label, classifier.Labels[(int)phantom.Image.Kind], StringComparison.Ordinal);

static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
