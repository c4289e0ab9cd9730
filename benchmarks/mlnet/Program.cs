// CASS as a trainer of ML.NET, beside what ML.NET itself offers for images, with 1 %, 10 % and 100 % of the labels.
// usage: split IMAGES FOLDER, a folder of images by class to a split by clusters of near-duplicates
//        cass FOLDER [WEIGHTS], CASS from random weights, or with a ResNet-20 from a file of ImageNet weights
//        table FOLDER, what all programs have measured, as Markdown
using Cass;
using Cass.Data;
using Cass.ML;
using Cass.ML.Benchmarks;
using Cass.Models;
using Cass.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

const double TestFraction = 0.2;
const string Unlabeled = "";
switch (args)
{
    case ["split", var images, var folder]:
        Split(ImageFolder.Read(images), folder);
        break;
    case ["cass", var folder, .. var weights]:
        Train(folder, weights is [var file] ? file : null);
        break;
    case ["table", var folder]:
        Table(folder);
        break;
    default:
        Console.Error.WriteLine("usage: split IMAGES FOLDER | cass FOLDER [WEIGHTS] | table FOLDER");
        return 2;
}

return 0;

static void Split(ImageDataset images, string folder)
{
    var clusters = images.WithGroups(DuplicateClusters.Find(images).Groups);
    var (train, test) = clusters.SplitByGroup(TestFraction, seed: 77, stratify: true);
    var shares = MeasuredPipeline.Shares.Order().Select(share => (Share: share, Images: Names(share == 100 ? train : train.SampleStratified(share / 100.0)))).ToList();

    // A larger share need not hold a smaller one, so that smaller ones are let in.
    MeasuredImage.Write(folder, Rows(train, isTest: false).Concat(Rows(test, isTest: true)));
    Console.WriteLine($"{train.Count} images to train on, {test.Count} held out; with a label: {string.Join(", ", shares.Select(share => $"{share.Images.Count} at {share.Share} %"))}");

    IEnumerable<MeasuredImage> Rows(ImageDataset part, bool isTest) => Enumerable.Range(0, part.Count).Select(i => new MeasuredImage
    {
        Path = Path.GetFullPath(part.NameOf(i)),
        Name = part.Labels[part.LabelsOf(i)[0]],
        IsTest = isTest,
        Share = isTest ? 100 : shares.First(share => share.Images.Contains(part.NameOf(i))).Share,
    });

    static HashSet<string> Names(ImageDataset part) => [.. Enumerable.Range(0, part.Count).Select(part.NameOf)];
}

static void Train(string folder, string? weights)
{
    var context = new MLContext(seed: 1);
    var progress = Console.Error;
    context.Log += (_, e) =>
    {
        if (e.Source.Contains(nameof(CassClassificationTrainer), StringComparison.Ordinal))
        {
            progress.WriteLine(e.RawMessage);
        }
    };
    var images = MeasuredImage.Read(folder);
    var keys = context.Transforms.Conversion.MapValueToKey("Label", nameof(MeasuredImage.Name)).Fit(context.Data.LoadFromEnumerable(images));
    var test = keys.Transform(context.Data.LoadFromEnumerable(images.Where(image => image.IsTest)));
    var start = Path.Combine(folder, "checkpoints", weights is null ? "random" : "imagenet");
    foreach (var share in MeasuredPipeline.Shares)
    {
        var pretraining = SharedPretraining.Begin(start, $"{share}");

        // All images are pretrained on, with a label or without one.
        var train = images.Where(image => !image.IsTest).Select(image => new MeasuredImage { Path = image.Path, Name = image.Share <= share ? image.Name : Unlabeled });
        var epochs = share switch { 1 => 100, 10 => 30, _ => 8 };
        var trainer = context.MulticlassClassification.Trainers.Cass(new CassClassificationOptions { ImageColumnName = nameof(MeasuredImage.Path), Progress = pretraining, Configure = builder => Configure(builder, weights, epochs, pretraining.Folder) });
        var name = weights is null ? "CASS, ResNet-18 and ViT-Tiny from random weights" : "CASS, ResNet-20 from ImageNet weights and ViT-Tiny from random ones";
        MeasuredPipeline.Measure(folder, name, share, pretraining.Seconds, () => trainer.Fit(keys.Transform(context.Data.LoadFromEnumerable(train))), model =>
        {
            var scored = model.Transform(test);
            return [.. scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"))];
        });
    }
}

static void Configure(CassTrainerBuilder builder, string? weights, int epochs, string checkpoints)
{
    builder.UseTransformer("vit_tiny_patch16_224").WithImageSize(64).WithSeed(1).CheckpointTo(checkpoints)
        .ConfigurePretraining(options => options.Epochs = 4)
        .ConfigureFineTuning(options => options.Epochs = epochs);
    _ = weights is null ? builder.UseCnn("resnet18") : builder.UseCnn("resnet20", weights).WithNormalization(ChannelStatistics.ImageNet);
}

static void Table(string folder)
{
    Console.WriteLine("| pipeline | labels | accuracy | macro F1 | training, s of a processor | scoring |");
    Console.WriteLine("|---|---|---|---|---|---|");
    foreach (var parts in File.ReadLines(Path.Combine(folder, "pipelines.csv")).Skip(1).Select(line => line.Split(',')))
    {
        Console.WriteLine($"| {string.Join(',', parts[..^5])} | {parts[^5]} % | {parts[^4]} | {parts[^3]} | {parts[^2]} | {parts[^1]} |");
    }
}
