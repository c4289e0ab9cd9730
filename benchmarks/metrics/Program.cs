// Fills each metric with a million predictions over 14 classes and prints how long that takes: the best of three rounds,
// since other programs on the machine only ever make it slower.
// usage: dotnet run -c Release --project benchmarks/metrics -- [predictions] [classes] [batch size] [device]
using System.Diagnostics;
using Cass.Metrics;
using TorchSharp;
using static TorchSharp.torch;

var predictions = args.Length > 0 ? long.Parse(args[0]) : 1_000_000;
var classes = args.Length > 1 ? long.Parse(args[1]) : 14;
var batchSize = args.Length > 2 ? long.Parse(args[2]) : 1024;
var device = new Device(args.Length > 3 ? args[3] : "cpu");

manual_seed(77);
using var probabilities = rand(predictions, classes, device: device);
using var labels = rand(predictions, classes, device: device).gt(0.8).to(ScalarType.Float32);
using var oneHot = nn.functional.one_hot(probabilities.add(rand(predictions, classes, device: device)).argmax(1), classes).to(ScalarType.Float32);

Console.WriteLine($"{predictions:N0} predictions over {classes} classes in batches of {batchSize}, on {device} with {get_num_threads()} threads");
Console.WriteLine($"{"metric",-24}{"update, s",12}{"compute, s",12}{"figure",10}");
Run(labels, () => new MultiLabelF1());
Run(labels, () => new MultiLabelF1(Averaging.Samples));
Run(labels, () => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation));
Run(labels, () => new Precision());
Run(labels, () => new Recall());
Run(labels, () => new Specificity());
Run(oneHot, () => new Accuracy());
Run(oneHot, () => new BalancedAccuracy());
Run(oneHot, () => new MatthewsCorrelation());
Run(oneHot, () => new CohenKappa());
Run(oneHot, () => new ConfusionMatrix());
Run(labels, () => new Auroc());
Run(labels, () => new AveragePrecision());
Run(oneHot, () => new CalibrationError());
Run(labels, () => new CalibrationError(calibrationScope: CalibrationScope.EveryLabel));
Run(labels, () => new BrierScore());

void Run(Tensor targets, Func<Metric> create)
{
    using (var warmUp = create())
    {
        Fill(warmUp, targets, Math.Min(predictions, 4 * batchSize));
        warmUp.Compute();
    }

    var (update, compute, figure, name) = (double.MaxValue, double.MaxValue, 0.0, string.Empty);
    for (var round = 0; round < 3; round++)
    {
        using var metric = create();
        var watch = Stopwatch.StartNew();
        Fill(metric, targets, predictions);
        Synchronize();
        var updated = watch.Elapsed.TotalSeconds;
        figure = metric.Compute();
        update = Math.Min(update, updated);
        compute = Math.Min(compute, watch.Elapsed.TotalSeconds - updated);
        name = metric.Name;
    }

    Console.WriteLine($"{name,-24}{update,12:F3}{compute,12:F3}{figure,10:F4}");
}

void Fill(Metric metric, Tensor targets, long count)
{
    for (var start = 0L; start < count; start += batchSize)
    {
        var length = Math.Min(batchSize, count - start);
        using var scores = probabilities.narrow(0, start, length);
        using var batchTargets = targets.narrow(0, start, length);
        metric.Update(scores, batchTargets);
    }
}

void Synchronize()
{
    if (device.type == DeviceType.CUDA)
    {
        cuda.synchronize();
    }
}
