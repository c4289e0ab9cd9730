// Pretrains a CNN of this program's own beside a vision transformer, fine-tunes it, saves it and loads it again.
// usage: dotnet run -c Release --project samples/OwnBackbone [-- FOLDER], a folder with one sub-folder of images for each class
using Cass;
using Cass.Data;
using Cass.Models;
using Cass.Training;
using OwnBackbone;
using Phantoms;

var quick = args is ["--quick"];
var (patients, size, pretraining, fineTuning) = quick ? (16, 32, 1, 1) : (80, 64, 5, 10);
var registry = new BackboneRegistry().Register(
    SeparableCnn.Name,
    SeparableCnn.DefaultConfiguration,
    (configuration, options) => new SeparableCnn(configuration, options));
try
{
    var images = args is [var folder] && !quick ? Clustered(ImageFolder.Read(folder)) : PhantomPatients.OfOneClass(patients);
    var (train, test) = images.SplitByGroup(0.25, seed: 77, stratify: true);
    using var trainer = CassTrainer.CreateBuilder()
        .UseRegistry(registry)
        .UseCnn(SeparableCnn.Name)
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(size)
        .ConfigurePretraining(options => options.Epochs = pretraining)
        .ConfigureFineTuning(options => (options.Epochs, options.Loss) = (fineTuning, FineTuningLoss.CrossEntropy))
        .Build();
    Console.WriteLine($"{trainer.Cnn.ModelName}: {trainer.Cnn.parameters().Sum(p => p.numel()):N0} parameters in the stages {string.Join(", ", trainer.Cnn.Stages.Select(stage => stage.Name))}");
    Console.WriteLine($"{trainer.Transformer.ModelName}: {trainer.Transformer.parameters().Sum(p => p.numel()):N0} parameters");

    trainer.PretrainingEpochEnded += (_, epoch) => Console.WriteLine($"pretraining, epoch {epoch.Epoch}: loss {epoch.Loss:0.000}, {epoch.Verdict}");
    trainer.Pretrain(train.Images);
    using var classifier = trainer.FineTune(trainer.Cnn, train);
    Console.WriteLine(classifier.Evaluate(test));

    var saved = Directory.CreateTempSubdirectory("own-backbone-").FullName;
    try
    {
        classifier.Save(saved);
        Console.WriteLine($"saved as {string.Join(", ", Directory.GetFiles(saved).Select(Path.GetFileName).Order(StringComparer.Ordinal))}");

        // A saved network is a name and weights: whoever loads it has to know the name.
        using var loaded = ImageClassifier.Load(saved, registry: registry);
        Console.WriteLine(loaded.Predict(test.Images[0]));
    }
    finally
    {
        Directory.Delete(saved, recursive: true);
    }

    return 0;
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

// Images that look alike stay on one side of the split.
static ImageDataset Clustered(ImageDataset images) => images.WithGroups(DuplicateClusters.Find(images).Groups);
