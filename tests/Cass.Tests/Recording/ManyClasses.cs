using Cass.Metrics;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Tests.Recording;

/// <summary>Made-up scores for any number of classes: seven images of ten are right, others mostly taken for the next class.</summary>
internal static class ManyClasses
{
    public static LabelMap Labels(int classes) => new(Enumerable.Range(0, classes).Select(c => $"class {c:000}"));

    public static Scores Scores(int images, int classes)
    {
        using var scope = NewDisposeScope();
        var random = new Random(images);
        long[] truth = [.. Enumerable.Range(0, images).Select(i => (long)(i % classes))];
        long[] predicted = [.. truth.Select(t => random.Next(10) switch { < 7 => t, < 9 => (t + 1) % classes, _ => random.Next(classes) })];
        var logits = (nn.functional.one_hot(tensor(predicted), classes).to(ScalarType.Float32) * 6) - 4;
        var targets = nn.functional.one_hot(tensor(truth), classes).to(ScalarType.Float32);
        return new Scores(logits.MoveToOuterDisposeScope(), targets.MoveToOuterDisposeScope(), [images], [.. Enumerable.Range(0, images)]);
    }

    public static NetworkReport Network(Scores scores, LabelMap labels, string name = "resnet18")
    {
        using var scope = NewDisposeScope();
        var intervals = Bootstrap.LabelIntervals(
            () => new MultiLabelF1(new LabelMetricOptions { ZeroDivision = ZeroDivision.NaN }),
            scores.Logits.sigmoid(),
            scores.Targets,
            options: new BootstrapOptions { Resamples = 100 });
        return new NetworkReport
        {
            Evaluation = Evaluator.Report(name, scores, labels, multiLabel: false, DecisionThresholds.Half),
            F1 = intervals.Average,
            ClassF1 = intervals.Classes,
            History = [],
            Wrong = [],
            Right = [],
        };
    }
}
