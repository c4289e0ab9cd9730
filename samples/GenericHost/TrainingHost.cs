using Cass;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace GenericHost;

/// <summary>A host that trains: configuration, checked options, logging, and an end by Ctrl+C or SIGTERM.</summary>
internal static class TrainingHost
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="args">Settings in place of those of <c>appsettings.json</c>, such as <c>--Cass:Pretraining:Epochs=20</c>.</param>
    /// <param name="configure">Adds services of a test.</param>
    /// <returns>0, 2 where something stands in the way of the training, 130 where it was stopped.</returns>
    public static async Task<int> RunAsync(string[] args, Action<IServiceCollection>? configure = null)
    {
        try
        {
            // appsettings.json lies beside the program; the paths in it start from where the command is given.
            var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
            builder.Services.AddCass(builder.Configuration.GetSection("Cass"));
            builder.Services.AddOptions<DataOptions>()
                .Bind(builder.Configuration.GetSection("Data"), binder => binder.ErrorOnUnknownConfiguration = true)
                .ValidateDataAnnotations()
                .ValidateOnStart();

            // A step and the checkpoint of it have to fit into what a stop may take.
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(2));
            builder.Services.AddSingleton<TrainingService>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<TrainingService>());
            configure?.Invoke(builder.Services);
            using var host = builder.Build();
            await host.StartAsync();
            await host.WaitForShutdownAsync();
            return host.Services.GetRequiredService<TrainingService>().ExitCode;
        }
        catch (Exception error) when (error is OptionsValidationException or AggregateException or CassException or InvalidOperationException)
        {
            // Both sections may be wrong.
            foreach (var problem in error is AggregateException several ? several.InnerExceptions : [error])
            {
                await Console.Error.WriteLineAsync(problem.Message);
            }

            return 2;
        }
    }
}
