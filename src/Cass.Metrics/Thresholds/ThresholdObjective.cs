namespace Cass.Metrics;

/// <summary>What <see cref="ThresholdTuning"/> makes as large as possible.</summary>
public enum ThresholdObjective
{
    /// <summary>F1 = 2TP / (2TP + FP + FN).</summary>
    F1,

    /// <summary>Youden's J = sensitivity + specificity − 1 (Youden 1950), which does not depend on how frequent the class is.</summary>
    YoudenJ,
}
