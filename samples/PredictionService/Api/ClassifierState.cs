namespace PredictionService;

/// <param name="Labels">The classes.</param>
/// <param name="LoadedAt">When the classifier that is served was loaded.</param>
/// <param name="ReloadFailure">Why its files as they are now are not served; null where they are.</param>
/// <param name="Pending">Images that wait or are computed.</param>
internal sealed record ClassifierState(IReadOnlyList<string> Labels, DateTimeOffset LoadedAt, string? ReloadFailure, int Pending);
