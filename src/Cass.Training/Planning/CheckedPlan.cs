using Cass.Data;

namespace Cass.Training;

/// <summary>What is known of a run that can be trained, before its first step.</summary>
/// <param name="Labeled">The images that fine-tuning will see the labels of; null where there is no fine-tuning.</param>
/// <param name="Warnings">What can be trained but is likely not what is wanted, a sentence each: classes that a part has no image of, and the like. The trainer has logged them.</param>
public sealed record CheckedPlan(ImageDataset? Labeled, IReadOnlyList<string> Warnings);
