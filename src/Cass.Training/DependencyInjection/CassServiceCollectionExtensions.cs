using Cass;
using Cass.Models;
using Cass.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers CASS with dependency injection.</summary>
public static class CassServiceCollectionExtensions
{
    private const string RecipeKey = "Recipe";

    /// <summary>
    /// Registers <see cref="CassOptions"/> from configuration, checked when a host starts, or else at first use, and <see cref="CassTrainer"/>, one
    /// for each scope. The section's <c>Recipe</c> is applied first, the rest of the section on top. The networks' names are
    /// looked up in the <see cref="BackboneRegistry"/> among the services, or in timm's names where there is none. An <see cref="IProcessGroup"/> among them trains together. Messages of the
    /// trainer spell settings as keys of the section, or as <see cref="SettingNames"/> among the services say.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">A section with the names of <see cref="CassOptions"/>'s properties, and <c>Recipe</c>.</param>
    /// <returns>The services.</returns>
    /// <exception cref="InvalidOptionsException">When a host starts, or at first use: the section has a key that is not a setting; the message names it and the nearest that are.</exception>
    public static IServiceCollection AddCass(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.TryAddSingleton(section.ToSettingNames());
        return services.AddCass(options =>
        {
            if (section[RecipeKey] is { Length: > 0 } recipe)
            {
                CassRecipe.Parse(recipe).Apply(options);
            }

            if (ConfigurationKeys.Unknown(section, typeof(CassOptions), RecipeKey) is { Count: > 0 } unknown)
            {
                throw new InvalidOptionsException(unknown);
            }

            // The binder appends to a list that has values already.
            options.Images.Mean = IsGiven(section, nameof(ImageOptions.Mean)) ? [] : options.Images.Mean;
            options.Images.Std = IsGiven(section, nameof(ImageOptions.Std)) ? [] : options.Images.Std;
            section.Bind(options);
        });

        static bool IsGiven(IConfiguration section, string list) => section.GetSection($"{nameof(CassOptions.Images)}:{list}").GetChildren().Any();
    }

    /// <summary>
    /// Registers <see cref="CassOptions"/>, checked when a host starts, or else at first use, and <see cref="CassTrainer"/>, one for each scope. The
    /// networks' names are looked up in the <see cref="BackboneRegistry"/> among the services, or in timm's names where there is none.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCass(this IServiceCollection services, Action<CassOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<CassOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CassOptions>, CassOptionsValidator>());
        services.TryAddScoped(provider => new CassTrainer(
            provider.GetRequiredService<IOptionsSnapshot<CassOptions>>().Value,
            provider.GetService<ILogger<CassTrainer>>(),
            provider.GetService<BackboneRegistry>(),
            provider.GetService<SettingNames>(),
            provider.GetService<IProcessGroup>()));
        return services;
    }
}
