using Cass.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Company.CassService1;

/// <summary>Whether images are taken: healthy with the newest files, degraded where a former state of them is served.</summary>
internal sealed class ReadinessCheck(ClassifierService classifier) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !classifier.IsReady ? HealthCheckResult.Unhealthy("The classifier is not loaded, or the service is about to stop.")
        : classifier.ReloadFailure is { } failure ? HealthCheckResult.Degraded(failure)
        : HealthCheckResult.Healthy());
}
