using System.Text.Json;
using Cass.Metrics;
using Cass.Tests.Reference;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>The metrics against scikit-learn's figures for the same logits and targets.</summary>
[Trait("Category", "Reference")]
public sealed class MetricReferenceTests
{
    private const double Tolerance = 1e-6;

    public static TheoryData<string> Files => ReferenceFolder.Names("metrics*.safetensors");

    /// <summary>Figures whose names are not built from an averaging and a kind.</summary>
    private static Dictionary<string, Func<Metric>> Special { get; } = new(StringComparer.Ordinal)
    {
        ["accuracy"] = () => new Accuracy(scores: ScoreKind.Logits),
        ["balanced_accuracy"] = () => new BalancedAccuracy(ScoreKind.Logits),
        ["mcc"] = () => new MatthewsCorrelation(ScoreKind.Logits),
        ["kappa"] = () => new CohenKappa(ScoreKind.Logits),
        ["notebook_eval_f1_with_healthy"] = () => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation with { Scores = ScoreKind.Logits }),
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_figure_is_scikit_learns(string file)
    {
        var reference = ReferenceFolder.Open(file);
        using var figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(ReferenceFolder.Path, Path.ChangeExtension(file, ".json"))));
        foreach (var @case in figures.RootElement.EnumerateObject())
        {
            foreach (var figure in @case.Value.EnumerateObject())
            {
                foreach (var batchSize in new[] { 16L, long.MaxValue })
                {
                    using var scope = NewDisposeScope();
                    var scores = reference[$"{@case.Name}/logits"];
                    var targets = reference[$"{@case.Name}/target"];
                    var what = $"{file} {@case.Name} {figure.Name}, batches of {batchSize}";
                    switch (figure.Name)
                    {
                        case "confusion":
                            using (var confusion = Filled(new ConfusionMatrix(ScoreKind.Logits), scores, targets, batchSize))
                            {
                                var expected = figure.Value.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(e => e.GetInt64()));
                                Assert.Equal(expected, confusion.Counts().Cast<long>());
                            }

                            break;
                        case var name when name.StartsWith("per_class_", StringComparison.Ordinal):
                            using (var metric = (LabelCountMetric)Filled(Create($"macro_{name["per_class_".Length..]}"), scores, targets, batchSize))
                            {
                                var expected = figure.Value.EnumerateArray().Select(e => e.GetDouble());
                                Assert.All(expected.Zip(metric.ComputePerClass()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
                            }

                            break;
                        default:
                            using (var metric = Filled(Create(figure.Name), scores, targets, batchSize))
                            {
                                var actual = metric.Compute();
                                Assert.True(Math.Abs(figure.Value.GetDouble() - actual) <= Tolerance, $"{what}: {actual} instead of {figure.Value}.");
                            }

                            break;
                    }
                }
            }
        }
    }

    /// <summary>The metric of a figure such as <c>macro_f1</c>, <c>argmax_macro_f1</c> or <c>auroc_macro</c>; a name that is none fails the test.</summary>
    private static Metric Create(string figure)
    {
        if (Special.TryGetValue(figure, out var create))
        {
            return create();
        }

        var words = figure.Split('_').ToList();
        var decision = words.Remove("argmax") ? DecisionRule.Argmax : DecisionRule.Threshold;
        var average = Assert.Single(Enum.GetValues<Averaging>(), value => words.Remove(value.ToString().ToLowerInvariant()));
        var labels = new LabelMetricOptions { Average = average, Decision = decision, Scores = ScoreKind.Logits };
        var ranking = new RankingOptions { Average = average, Scores = ScoreKind.Logits };
        return string.Join('_', words) switch
        {
            "f1" => new MultiLabelF1(labels),
            "precision" => new Precision(labels),
            "recall" => new Recall(labels),
            "specificity" => new Specificity(labels),
            "auroc" => new Auroc(ranking),
            "average_precision" => new AveragePrecision(ranking),
            _ => throw new Xunit.Sdk.XunitException($"There is no metric for the figure '{figure}'."),
        };
    }

    private static T Filled<T>(T metric, Tensor scores, Tensor targets, long batchSize)
        where T : Metric
    {
        for (var start = 0L; start < scores.shape[0]; start += Math.Min(batchSize, scores.shape[0]))
        {
            using var scope = NewDisposeScope();
            var length = Math.Min(batchSize, scores.shape[0] - start);
            metric.Update(scores.narrow(0, start, length), targets.narrow(0, start, length));
        }

        return metric;
    }
}
