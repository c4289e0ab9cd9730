// What pretraining without labels is worth: features before and after it, then fine-tuning on a few labels from both.
// usage: dotnet run -c Release --project samples/FewLabels [-- FOLDER], a folder with one sub-folder of images for each class
using Cass;
using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using FewLabels;
using Phantoms;

var quick = args is ["--quick"];
var (patients, pretraining, fineTuning, shares) = quick ? (16, 1, 1, [0.5]) : (200, 40, 30, (double[])[0.1, 0.3]);
try
{
    var images = args is [var folder] && !quick ? Clustered(ImageFolder.Read(folder)) : PhantomPatients.OfOneClass(patients, slices: 2);
    var (train, test) = images.SplitByGroup(0.4, seed: 77, stratify: true);
    Console.WriteLine($"{train.Count} images to pretrain on, {test.Count} of other patients to test on");

    using var trainer = CassTrainer.CreateBuilder()
        .UseRegistry(SmallNetworks.Registry())
        .UseCnn(SmallNetworks.Cnn)
        .UseTransformer(SmallNetworks.Transformer)
        .ConfigurePretraining(options => options.Epochs = pretraining)
        .Build();

    // The same network with the weights that pretraining begins with.
    using var untrained = trainer.Cnn.Copy();

    // Frozen features, scored by labels that they were not learnt from: the vote of the nearest images, and a linear classifier.
    using var known = trainer.CreateEvaluationLoader(train);
    using var asked = trainer.CreateEvaluationLoader(test);
    var probe = new FeatureProbe(known, asked);
    Console.WriteLine("features                           k-NN  linear");
    Probe("before pretraining");
    trainer.Pretrain(train.Images);
    Probe("after pretraining");

    Console.WriteLine("labels  random weights        pretrained            difference             p");
    foreach (var share in shares)
    {
        // Not the trainer's own fine-tuning, since each share of the labels is another setting.
        using var tuner = new FineTuner(
            new FineTuningOptions { Epochs = fineTuning, BatchSize = 8, LabelFraction = share, StratifyLabelFraction = true, Loss = FineTuningLoss.CrossEntropy },
            new RunOptions { Images = { Height = 32 } });
        using var random = Scores(tuner, untrained);
        using var pretrained = Scores(tuner, trainer.Cnn);

        // Intervals and the test are over patients: two slices of one are no two pieces of evidence.
        var ofRandom = Bootstrap.Interval(() => new Accuracy(), random.Probabilities, random.Targets, random.Groups);
        var ofPretrained = Bootstrap.Interval(() => new Accuracy(), pretrained.Probabilities, pretrained.Targets, pretrained.Groups);
        var gain = PairedComparison.Of(() => new Accuracy(), pretrained.Probabilities, random.Probabilities, random.Targets, random.Groups);
        Console.WriteLine($"{(int)(share * train.Count),6}  {ofRandom,-20}  {ofPretrained,-20}  {gain.Difference,-21}  {gain.PValue:0.000}");
    }

    return 0;

    void Probe(string when)
    {
        foreach (var network in trainer.Networks)
        {
            var score = probe.Score(network);
            Console.WriteLine($"{$"{network.ModelName} {when}",-33} {score.NearestNeighbors,5:0.000} {score.Linear,7:0.000}");
        }
    }

    ImageScores Scores(FineTuner tuner, Backbone network)
    {
        using var classifier = tuner.FineTune(network, train);
        return classifier.Score(test);
    }
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

// Images that look alike stay on one side of the split.
static ImageDataset Clustered(ImageDataset images) => images.WithGroups(DuplicateClusters.Find(images).Groups);
