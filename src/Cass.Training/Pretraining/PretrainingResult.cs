namespace Cass.Training;

/// <summary>What a <see cref="Pretrainer"/> has made.</summary>
/// <param name="Backbones">The method's networks, by name; they stay the method's, or whoever's it got them from.</param>
/// <param name="History">A row for each epoch.</param>
public sealed record PretrainingResult(IReadOnlyDictionary<string, Backbone> Backbones, IReadOnlyList<PretrainingEpoch> History);
