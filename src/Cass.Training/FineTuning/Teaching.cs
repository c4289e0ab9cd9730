namespace Cass.Training;

/// <summary>What a student learns from beside its own labels.</summary>
/// <param name="Teacher">A trained classifier; it stays as it is.</param>
/// <param name="Labeled">Positions of the images whose labels count; null for all that have some.</param>
/// <param name="IsSingleLabel">Whether every image is known to have exactly one label, so that the teacher's for it is the most probable one.</param>
internal sealed record Teaching(ImageClassifier Teacher, IReadOnlySet<int>? Labeled, bool IsSingleLabel);
