using Study.Cells;

namespace Study.Results;

/// <summary>What came of a cell.</summary>
internal sealed record CellResult
{
    public required string Id { get; init; }

    public required Cell Cell { get; init; }

    /// <summary>Fingerprint of the images' parts.</summary>
    public required string Images { get; init; }

    /// <summary>By network (cnn, vit), its scores.</summary>
    public required IReadOnlyDictionary<string, NetworkResult> Networks { get; init; }

    /// <summary>By run (pair, cnn, vit), the epochs of pretraining.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<PretrainingHistory>> Pretraining { get; init; }

    /// <summary>Whether the pretraining was done in the cell's own process, and not for an earlier cell.</summary>
    public required bool Pretrained { get; init; }

    /// <summary>Largest resident memory of the process in MiB.</summary>
    public required double PeakMemory { get; init; }

    public required string Environment { get; init; }

    public required DateTimeOffset Measured { get; init; }

    /// <summary>Seconds of pretraining of both networks.</summary>
    public double PretrainingSeconds() => Pretraining.Values.Sum(run => run.Sum(epoch => epoch.Seconds));
}
