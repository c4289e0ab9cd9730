// The example of README.md, which ReadmeTests holds against it: what compiles here, compiles there.
#pragma warning disable IDE0005
// README: begin
using Cass;
using Cass.Data;
using Cass.Training;
// README: pause
#pragma warning restore IDE0005

namespace Cass.Tests.Samples;

internal static class ReadmeExample
{
    public static void Run()
    {
        // README: resume
        var (train, test) = ImageFolder.Read("BrainMRI/Training").Split(testFraction: 0.2, seed: 77);
        using var trainer = CassTrainer.CreateBuilder()
            .UseCnn("resnet18")
            .UseTransformer("vit_tiny_patch16_224")
            .WithImageSize(64)
            .ConfigurePretraining(o => o.Epochs = 10)
            .ConfigureFineTuning(o => o.LabelFraction = 0.1)
            .Build();
        var backbones = trainer.Pretrain(train.Images);
        using var classifier = trainer.FineTune(backbones.Cnn, train);
        Console.WriteLine(classifier.Evaluate(test));
        classifier.Save("brain-mri-cnn");
        using var loaded = ImageClassifier.Load("brain-mri-cnn");
        Console.WriteLine(loaded.Predict("scan.jpg").Label);
        // README: end
    }
}
