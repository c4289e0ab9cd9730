namespace Cass.Quality.Benchmarks;

/// <summary>What is trained on: the training part while settings are chosen; for the figure of those chosen, the validation part may be added.</summary>
internal enum TrainedPart
{
    Training,
    All,
}
