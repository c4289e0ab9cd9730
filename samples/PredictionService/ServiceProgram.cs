using Cass;
using Cass.Serving;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Scalar.AspNetCore;

namespace PredictionService;

/// <summary>A web service that classifies uploaded images.</summary>
internal static class ServiceProgram
{
    private const string LoopbackUrl = "http://127.0.0.1:5080";

    /// <summary>Runs the service until it is told to stop.</summary>
    /// <param name="args">Folders of classifiers or an ONNX model, then <c>--Key value</c> for the configuration.</param>
    /// <param name="errors">Takes one line where the service cannot start.</param>
    /// <returns>0, or 2 where the service cannot start.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter errors)
    {
        try
        {
            await using var app = Build(args);
            await app.RunAsync();
            return 0;
        }
        catch (Exception e) when (e is CassException or OptionsValidationException or InvalidOperationException or IOException)
        {
            await errors.WriteLineAsync($"error: {e.Message}");
            return 2;
        }
    }

    /// <summary>Puts the service together, without starting it.</summary>
    /// <param name="args">Folders of classifiers or an ONNX model, then <c>--Key value</c> for the configuration.</param>
    /// <param name="configure">Adds services of a test.</param>
    /// <returns>The service.</returns>
    /// <exception cref="CassInputException">No classifier is given, or more than an ensemble can be made of.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        string[] paths = [.. args.TakeWhile(argument => !argument.StartsWith('-'))];
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args[paths.Length..], ContentRootPath = AppContext.BaseDirectory });
        var limits = builder.Configuration.GetSection("Uploads").Get<UploadLimits>() ?? new();
        limits.Check();
        builder.Services.AddClassifiers(paths, builder.Configuration.GetSection("Serving"), limits);
        builder.Services.AddSingleton(limits);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemAnswers>();
        builder.Services.AddRequestTimeouts();
        builder.Services.AddOpenApi();
        builder.Services.AddHealthChecks().AddCheck<ReadinessCheck>("classifier");
        AddMetrics(builder);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = limits.MaxBytes);
        if (!IsAddressGiven(builder.Configuration))
        {
            builder.WebHost.UseUrls(LoopbackUrl);
        }

        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRequestTimeouts();
        app.MapPage();
        app.MapPredictions();
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        app.MapOpenApi();
        // Left alone, the page asks other hosts for its fonts, offers a chat with one, and reports its use.
        app.MapScalarApiReference(page =>
        {
            page.DefaultFonts = false;
            page.DisableAgent().DisableTelemetry();
        });
        return app;
    }

    private static void AddMetrics(WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ClassifierService.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"));
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            telemetry.UseOtlpExporter();
        }
    }

    private static bool IsAddressGiven(ConfigurationManager configuration) =>
        ((string[])["urls", "http_ports", "https_ports"]).Any(key => configuration[key] is { Length: > 0 }) || configuration.GetSection("Kestrel:Endpoints").Exists();
}
