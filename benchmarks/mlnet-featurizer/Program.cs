// What ML.NET itself offers for images: features of a ResNet-18 that was trained on ImageNet, and its own trainers on top.
// usage: FOLDER, in which benchmarks/mlnet has written the split
using Cass.ML.Benchmarks;
using Microsoft.ML;
using Microsoft.ML.Data;

var folder = args[0];
var context = new MLContext(seed: 1);
var images = MeasuredImage.Read(folder);
var view = context.Data.LoadFromEnumerable(images);
var before = MeasuredPipeline.Seconds();
var pixels = context.Transforms.LoadImages("Image", string.Empty, nameof(MeasuredImage.Path))
    .Append(context.Transforms.ResizeImages("Image", 224, 224))
    .Append(context.Transforms.ExtractPixels("Pixels", "Image"))
    .Append(context.Transforms.DnnFeaturizeImage("Features", input => input.ModelSelector.ResNet18(context, input.OutputColumn, input.InputColumn), "Pixels"))
    .Append(context.Transforms.SelectColumns("Features", nameof(MeasuredImage.Name), nameof(MeasuredImage.IsTest), nameof(MeasuredImage.Share)));
var vectors = pixels.Fit(view).Transform(view);
FeatureRow[] rows = [.. context.Data.CreateEnumerable<FeatureRow>(vectors, reuseRowObject: false)];
var perImage = (MeasuredPipeline.Seconds() - before) / rows.Length;
Console.WriteLine($"features: {perImage * 1000:0} ms of a processor an image");
foreach (var share in MeasuredPipeline.Shares)
{
    FeatureRow[] known = [.. rows.Where(row => !row.IsTest && row.Share <= share)];
    Measure("ResNet-18 features, SdcaMaximumEntropy", context.MulticlassClassification.Trainers.SdcaMaximumEntropy(), share, known);
    Measure("ResNet-18 features, LightGBM", context.MulticlassClassification.Trainers.LightGbm(), share, known);
}

void Measure(string name, IEstimator<ITransformer> trainer, int share, FeatureRow[] known)
{
    var keys = context.Transforms.Conversion.MapValueToKey("Label", nameof(FeatureRow.Name)).Fit(context.Data.LoadFromEnumerable(rows));
    MeasuredPipeline.Measure(folder, name, share, perImage * known.Length, () => trainer.Fit(keys.Transform(context.Data.LoadFromEnumerable(known))), model =>
    {
        var scored = model.Transform(keys.Transform(context.Data.LoadFromEnumerable(rows.Where(row => row.IsTest))));
        return [.. scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"))];
    });
}
