using Cass;
using Cass.Data;
using Cass.Training;
using Company.CassProgram1;

// usage: dotnet run -c Release [-- FOLDER], a folder with one sub-folder of images for each class. Without one, images are drawn.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    var images = args.Length > 0 ? ImageFolder.Read(args[0]) : DrawnImage.Dataset(count: 400);

    // Images that look alike stay on one side of the split: an image that is in the training part too is no test.
    // Name the patients in place of the clusters, where you know them. Images that were drawn all look alike, and are all different.
    string[] groups = args.Length > 0 ? [.. DuplicateClusters.Find(images).Groups] : [.. images.Images.Select(image => image.Name)];
    var (rest, test) = images.WithGroups(groups).SplitByGroup(0.2, seed: 77, stratify: true);
    var (train, validation) = rest.SplitByGroup(0.2, seed: 77, stratify: true);
    Console.WriteLine($"{train.Count} images to train on, {validation.Count} to choose the best epoch by, {test.Count} to test on");

    using var trainer = CassTrainer.CreateBuilder()
        .UseCnn("resnet18")
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(64)
        .ConfigurePretraining(options => options.Epochs = 5)
        .ConfigureFineTuning(options =>
        {
            options.Epochs = 5;
            options.LabelFraction = 0.5;    // share of the labels that fine-tuning sees; all images are pretrained on
        })
        .CheckpointTo("runs/checkpoints")   // stopped and started again, it goes on where it was
        .RecordTo("runs")                   // settings.json, metrics.csv, TensorBoard
        .Build();

    // Whatever stands in the way of the run is said now, not after hours.
    trainer.CheckPlan(new RunPlan { Unlabeled = train.Images, Train = train, Validation = validation, Test = test });

    var progress = new LineProgress();
    var pretrained = trainer.Pretrain(train.Images, progress, stop.Token);
    var reports = new List<NetworkReport>();
    foreach (var backbone in new[] { pretrained.Cnn, pretrained.Transformer })
    {
        using var classifier = trainer.FineTune(backbone, train, validation, progress, stop.Token);
        Console.WriteLine(classifier.Evaluate(test, cancellationToken: stop.Token));
        reports.Add(NetworkReport.Of(classifier, test));
        var folder = Path.Combine("classifiers", backbone.ModelName);
        classifier.Save(folder);
        Console.WriteLine($"Saved in {folder}. {classifier.Predict(test.Images[0])}");
    }

    new RunReport { Options = trainer.Options, Environment = trainer.Environment, Pretraining = pretrained.History, Networks = reports }.Write("runs");
    Console.WriteLine("Curves, scores of each class and predictions as pictures: runs/report.html");
    trainer.DeleteCheckpoints();
    return 0;
}
catch (OperationCanceledException)
{
    Console.WriteLine("Stopped. The same command goes on from here.");
    return 130;
}
catch (CassException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
