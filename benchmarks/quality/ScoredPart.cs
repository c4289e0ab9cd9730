namespace Cass.Quality.Benchmarks;

/// <summary>What is scored on: settings are chosen by the validation part, and the figure of those chosen is the test part's.</summary>
internal enum ScoredPart
{
    Validation,
    Test,
}
