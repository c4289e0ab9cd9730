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

    /// <summary>A metric for each figure in the JSON file; a figure without one fails the test.</summary>
    private static Dictionary<string, Func<Metric>> Metrics { get; } = new Dictionary<string, Func<Metric>>(StringComparer.Ordinal)
    {
        ["micro_f1"] = () => new MultiLabelF1(OnLogits(Averaging.Micro)),
        ["macro_f1"] = () => new MultiLabelF1(OnLogits(Averaging.Macro)),
        ["weighted_f1"] = () => new MultiLabelF1(OnLogits(Averaging.Weighted)),
        ["samples_f1"] = () => new MultiLabelF1(OnLogits(Averaging.Samples)),
        ["micro_recall"] = () => new Recall(OnLogits(Averaging.Micro)),
        ["micro_precision"] = () => new Precision(OnLogits(Averaging.Micro)),
        ["argmax_macro_f1"] = () => new MultiLabelF1(OnLogits(Averaging.Macro) with { Decision = DecisionRule.Argmax }),
        ["auroc_macro"] = () => new Auroc(new RankingOptions { Scores = ScoreKind.Logits }),
        ["average_precision_macro"] = () => new AveragePrecision(new RankingOptions { Scores = ScoreKind.Logits }),
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
                        case "per_class_f1":
                            using (var f1 = Filled(new MultiLabelF1(OnLogits(Averaging.Macro)), scores, targets, batchSize))
                            {
                                var expected = figure.Value.EnumerateArray().Select(e => e.GetDouble());
                                Assert.All(expected.Zip(f1.ComputePerClass()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
                            }

                            break;
                        case "confusion":
                            using (var confusion = Filled(new ConfusionMatrix(ScoreKind.Logits), scores, targets, batchSize))
                            {
                                var expected = figure.Value.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(e => e.GetInt64()));
                                Assert.Equal(expected, confusion.Counts().Cast<long>());
                            }

                            break;
                        default:
                            Assert.True(Metrics.ContainsKey(figure.Name), $"No metric for {what}.");
                            using (var metric = Filled(Metrics[figure.Name](), scores, targets, batchSize))
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

    private static LabelMetricOptions OnLogits(Averaging average) => new() { Average = average, Scores = ScoreKind.Logits };

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
