using Cass.Tests.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using PredictionService;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The sample's service in this process, on a port of its own.</summary>
internal sealed class RunningPredictionService : IAsyncDisposable
{
    private RunningPredictionService(WebApplication app)
    {
        App = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public static async Task<RunningPredictionService> StartAsync(string classifier, params string[] settings)
    {
        var app = ServiceProgram.Build(
            [classifier, "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None", "--Serving:PollInterval", "00:00:00.02", .. settings],
            services => services.AddSingleton(TinyBackbones.Registry()));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningPredictionService(app);
    }

    /// <summary>Uploads an image.</summary>
    public Task<HttpResponseMessage> PostAsync(byte[] body, string query = "") =>
        Client.PostAsync(new Uri($"predictions{query}", UriKind.Relative), new ByteArrayContent(body), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}
