namespace Cass.Metrics;

/// <summary>How one network stands.</summary>
/// <param name="Name">The network, as it was named to the monitor.</param>
/// <param name="Verdict">Healthy, collapsing or collapsed.</param>
/// <param name="Reason">The numbers behind the verdict and where they should be; one line.</param>
/// <param name="Statistics">All the numbers.</param>
public sealed record NetworkCollapse(string Name, CollapseVerdict Verdict, string Reason, EmbeddingStatistics Statistics);
