using Microsoft.Extensions.Hosting;

namespace Cass.Serving;

/// <summary>Starts a service with the host, which does not start where the classifier cannot be loaded, and stops it with the host.</summary>
internal sealed class ClassifierHost(ClassifierService service) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => service.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => service.StopAsync(cancellationToken);
}
