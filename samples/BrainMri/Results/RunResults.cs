using System.Text.Json.Serialization;
using BrainMri.CommandLine;
using Cass.Training;

namespace BrainMri.Results;

/// <summary>Everything that <c>results.json</c> holds: what was run, with which settings, and what came out.</summary>
internal sealed record RunResults
{
    /// <summary>Version of CASS for .NET.</summary>
    public required string Version { get; init; }

    /// <summary>When the run began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>What the images are, in words.</summary>
    public required string Images { get; init; }

    /// <summary>Whether the images are phantoms, from which nothing medical follows.</summary>
    public required bool Synthetic { get; init; }

    /// <summary>Images that come up more than once, and what was done about them; null for phantoms, each of which is drawn from a number of its own.</summary>
    public DuplicateResults? Duplicates { get; init; }

    /// <summary>The classes, in the order of their ids.</summary>
    public required IReadOnlyList<ClassCount> Classes { get; init; }

    /// <summary>Training images whose labels fine-tuning saw.</summary>
    [JsonPropertyName("labelled_images")]
    public required int LabeledImages { get; init; }

    /// <summary>How pretraining went; null where it was left out.</summary>
    public PretrainingResults? Pretraining { get; init; }

    /// <summary>The convolutional network.</summary>
    public required NetworkResults Cnn { get; init; }

    /// <summary>The vision transformer.</summary>
    public required NetworkResults Transformer { get; init; }

    /// <summary>What the command line asked for.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>Every setting of the trainer, the recipe's included.</summary>
    public required CassOptions TrainerOptions { get; init; }
}
