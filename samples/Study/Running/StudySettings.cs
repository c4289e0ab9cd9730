using Study.Images;

namespace Study.Running;

/// <summary>What a study is run with, beside its grid.</summary>
/// <param name="Output">The study's folder.</param>
/// <param name="Source">The images.</param>
/// <param name="CnnWeights">The weights of cells that start from ImageNet; null where there are none.</param>
/// <param name="Processes">How many cells are measured at a time.</param>
/// <param name="Threads">Threads of each of them.</param>
/// <param name="Shard">Which part of the cells, from 1, of how many: for a study that is spread over machines.</param>
internal sealed record StudySettings(string Output, ImageSource Source, string? CnnWeights, int Processes, int Threads, (int Part, int Parts) Shard);
