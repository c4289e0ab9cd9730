using Cass.Metrics;
using Xunit;

namespace Cass.Tests.Metrics;

/// <summary>Every metric by name, for what all of them must do. Targets must be one-hot for some.</summary>
internal static class EveryMetric
{
    private static readonly Dictionary<string, Func<bool, Metric>> Kinds = new(StringComparer.Ordinal)
    {
        ["F1"] = later => new MultiLabelF1 { ChecksValuesLater = later },
        ["F1, macro"] = later => new MultiLabelF1(Averaging.Macro) { ChecksValuesLater = later },
        ["F1, weighted"] = later => new MultiLabelF1(Averaging.Weighted) { ChecksValuesLater = later },
        ["F1, samples"] = later => new MultiLabelF1(Averaging.Samples) { ChecksValuesLater = later },
        ["F1, notebook"] = later => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation) { ChecksValuesLater = later },
        ["F1, argmax"] = later => new MultiLabelF1(new LabelMetricOptions { Decision = DecisionRule.Argmax }) { ChecksValuesLater = later },
        ["precision"] = later => new Precision { ChecksValuesLater = later },
        ["recall"] = later => new Recall { ChecksValuesLater = later },
        ["specificity, samples"] = later => new Specificity(Averaging.Samples) { ChecksValuesLater = later },
        ["confusion matrix"] = later => new ConfusionMatrix { ChecksValuesLater = later },
        ["accuracy"] = later => new Accuracy { ChecksValuesLater = later },
        ["accuracy, subset"] = later => new Accuracy(DecisionRule.Threshold) { ChecksValuesLater = later },
        ["balanced accuracy"] = later => new BalancedAccuracy { ChecksValuesLater = later },
        ["Matthews correlation"] = later => new MatthewsCorrelation { ChecksValuesLater = later },
        ["kappa"] = later => new CohenKappa { ChecksValuesLater = later },
        ["AUROC"] = later => new Auroc { ChecksValuesLater = later },
        ["AUROC, micro"] = later => new Auroc(new RankingOptions { Average = Averaging.Micro }) { ChecksValuesLater = later },
        ["average precision"] = later => new AveragePrecision { ChecksValuesLater = later },
        ["ECE"] = later => new CalibrationError { ChecksValuesLater = later },
        ["ECE, every label"] = later => new CalibrationError(calibrationScope: CalibrationScope.EveryLabel) { ChecksValuesLater = later },
        ["Brier score"] = later => new BrierScore { ChecksValuesLater = later },
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    public static Metric Create(string name, bool checksValuesLater = false) => Kinds[name](checksValuesLater);
}
