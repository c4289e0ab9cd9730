namespace Study.Results;

/// <summary>What came of one network of a cell.</summary>
internal sealed record NetworkResult
{
    /// <summary>By set of images (held-out, validation, test, clean-test), what it scores.</summary>
    public required IReadOnlyDictionary<string, Figures> Scores { get; init; }

    /// <summary>
    /// The most probable class of each scored image, a digit each, in the order of the parts; null where scores are of augmented images.
    /// </summary>
    public string? Answers { get; init; }

    /// <summary>Epochs of fine-tuning; fewer than asked for where it was stopped early.</summary>
    public required int Epochs { get; init; }

    public required double FineTuningSeconds { get; init; }
}
