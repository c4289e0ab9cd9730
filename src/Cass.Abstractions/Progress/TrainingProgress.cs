using System.Globalization;

namespace Cass;

/// <summary>Where a trainer stands, reported after every batch.</summary>
public sealed record TrainingProgress
{
    /// <summary>What is being done.</summary>
    public required TrainingPhase Phase { get; init; }

    /// <summary>Name of the network in work, such as <c>resnet50</c>; both, joined by <c> + </c>, in pretraining.</summary>
    public required string Network { get; init; }

    /// <summary>The epoch in work, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Number of epochs of the phase.</summary>
    public required int Epochs { get; init; }

    /// <summary>Batches done in this epoch, from 1.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches of an epoch.</summary>
    public required int Batches { get; init; }

    /// <summary>Loss of the batch just done; null where the figure is not computed for every batch.</summary>
    public double? Loss { get; init; }

    /// <summary>Mean loss of the epoch so far.</summary>
    public double? MeanLoss { get; init; }

    /// <summary>Images per second over the epoch so far.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Estimated time until the phase ends.</summary>
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>Figures of the moment by name: learning rates, gradient norms, scores. Empty where there are none.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Says it in a line, such as <c>Pretraining resnet18 + vit_tiny_patch16_224: epoch 3 of 20, batch 45 of 71, loss 0.1234, 52 images/s, 0:12:34 left</c>.</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var loss = (MeanLoss ?? Loss) is { } value ? string.Create(CultureInfo.InvariantCulture, $", loss {value:0.0000}") : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Phase} {Network}: epoch {Epoch} of {Epochs}, batch {Batch} of {Batches}{loss}, {ImagesPerSecond:0} images/s, {(long)TimeLeft.TotalHours}:{TimeLeft:mm\\:ss} left");
    }
}
