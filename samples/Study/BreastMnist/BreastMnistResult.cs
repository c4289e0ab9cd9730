namespace Study.BreastMnist;

/// <summary>What a network scores on the published test images of BreastMNIST.</summary>
internal sealed record BreastMnistResult
{
    public required long Seed { get; init; }

    public required string Network { get; init; }

    /// <summary>Epochs of CASS before; 0 for none.</summary>
    public required int PretrainingEpochs { get; init; }

    public required int Epochs { get; init; }

    public required double Auc { get; init; }

    public required double Accuracy { get; init; }

    public required double Seconds { get; init; }
}
