namespace MLNet;

/// <summary>What the pipeline adds to a row.</summary>
internal sealed class Diagnosis
{
    public string PredictedFinding { get; set; } = string.Empty;

    /// <summary>A probability for each class.</summary>
    public float[] Score { get; set; } = [];
}
