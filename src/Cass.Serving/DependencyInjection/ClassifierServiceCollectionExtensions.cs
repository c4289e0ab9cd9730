using Cass.Serving;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers classifiers that are served, whatever computes them.</summary>
public static class ClassifierServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="ClassifierService"/> as a singleton, which the host starts and stops. A classifier that cannot be loaded ends the host's start.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="source">Gives the classifier's files and what loads them.</param>
    /// <param name="configure">Sets the options, which are checked when the host starts.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is such a service already; register others under names.</exception>
    public static IServiceCollection AddClassifierService(this IServiceCollection services, Func<IServiceProvider, PredictorSource> source, Action<ServingOptions>? configure = null) =>
        services.Add(name: null, source, configure);

    /// <summary>
    /// Registers a <see cref="ClassifierService"/> as a keyed singleton, for <c>[FromKeyedServices(name)]</c>, which the host starts and stops. A classifier that
    /// cannot be loaded ends the host's start.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key of the service, the name of its options, and what the classifier is called in logs and metrics.</param>
    /// <param name="source">Gives the classifier's files and what loads them.</param>
    /// <param name="configure">Sets the options, which are checked when the host starts.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is a service of the name already.</exception>
    public static IServiceCollection AddKeyedClassifierService(this IServiceCollection services, string name, Func<IServiceProvider, PredictorSource> source, Action<ServingOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return services.Add(name, source, configure);
    }

    private static IServiceCollection Add(this IServiceCollection services, string? name, Func<IServiceProvider, PredictorSource> source, Action<ServingOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(source);
        if (services.Any(service => service.ServiceType == typeof(ClassifierService) && Equals(service.ServiceKey, name)))
        {
            throw new ArgumentException(name is null ? "A classifier is registered already; register others by the methods for keyed services." : $"A classifier '{name}' is registered already; choose another name.", nameof(services));
        }

        var options = services.AddOptions<ServingOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServingOptions>, ServingOptionsValidator>());
        if (name is null)
        {
            services.AddSingleton(Create);
            services.AddSingleton<IHostedService>(provider => new ClassifierHost(provider.GetRequiredService<ClassifierService>()));
        }
        else
        {
            services.AddKeyedSingleton(name, (provider, _) => Create(provider));
            services.AddSingleton<IHostedService>(provider => new ClassifierHost(provider.GetRequiredKeyedService<ClassifierService>(name)));
        }

        return services;

        ClassifierService Create(IServiceProvider provider)
        {
            var settings = provider.GetRequiredService<IOptionsMonitor<ServingOptions>>().Get(name);
            var logger = provider.GetService<ILogger<ClassifierService>>();
            return name is null ? new(source(provider), settings, logger) : new(source(provider), settings, logger, name);
        }
    }
}
