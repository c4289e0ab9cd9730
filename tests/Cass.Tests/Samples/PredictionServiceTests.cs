using System.Net;
using System.Text.Json;
using Cass.Data;
using Cass.Onnx;
using Cass.Serving;
using Cass.Tests.Data;
using Cass.Tests.Models;
using Cass.Tests.Serving;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.Extensions.DependencyInjection;
using PredictionService;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The web service of the sample, over HTTP.</summary>
public sealed class PredictionServiceTests : IDisposable
{
    private static readonly byte[] Png = TestImages.Encode(new TinyImage(2, 5, size: 120).Decode());

    private readonly TemporaryFolder folder = new();

    public PredictionServiceTests() => TinyClassifiers.Save(folder["cnn"], seed: 1, new TinyImage(2, 5));

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_upload_gets_the_probabilities_that_the_classifier_gives()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"]);
        using var classifier = ImageClassifier.Load(folder["cnn"], registry: TinyBackbones.Registry());
        foreach (var upload in new[] { Png, TestImages.Encode(TestImages.Pattern(90, 40), SKEncodedImageFormat.Jpeg), TestImages.Encode(TestImages.Pattern(33, 70, channels: 1)) })
        {
            using var response = await service.PostAsync(upload, "?name=scan%207");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            var expected = classifier.Predict(upload);
            Assert.Equal("scan 7", answer.RootElement.GetProperty("image").GetString());
            Assert.Equal(expected.Label, answer.RootElement.GetProperty("label").GetString());
            Assert.Equal(expected.Probabilities.Select(p => (p.Label, p.Probability)), Probabilities(answer));
        }
    }

    [Theory]
    [InlineData("not an image", "it is text, not an image")]
    [InlineData("", "it is empty (0 bytes)")]
    [InlineData("half", "the PNG data ends early")]
    public async Task A_bad_upload_is_answered_with_400_and_the_reason(string content, string reason)
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"]);
        using var response = await service.PostAsync(content == "half" ? Png[..(Png.Length / 2)] : System.Text.Encoding.ASCII.GetBytes(content), "?name=scan%207");
        Assert.Contains(reason, await Refused(response, HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_of_too_many_bytes_or_pixels_is_answered_with_413_and_no_advice_that_its_sender_cannot_follow()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"], "--Uploads:MaxBytes", "60000", "--Uploads:MaxPixels", "10000");
        using var pixels = await service.PostAsync(Png);
        var detail = await Refused(pixels, HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains("120×120 = 14400 pixels, more than the 10000 allowed; scale it down.", detail, StringComparison.Ordinal);

        using var bytes = await service.PostAsync(new byte[60_001]);
        await Refused(bytes, HttpStatusCode.RequestEntityTooLarge);

        // Without its length, it is read up to the limit.
        using var stalled = new StalledContent(new byte[90_000]);
        stalled.GoOn.SetResult();
        using var unknown = await service.Client.PostAsync(new Uri("predictions", UriKind.Relative), stalled, TestContext.Current.CancellationToken);
        await Refused(unknown, HttpStatusCode.RequestEntityTooLarge);
        using var good = await service.PostAsync(TestImages.Encode(TestImages.Pattern(100, 100)));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Fact]
    public async Task A_full_queue_is_answered_with_503_and_when_to_come_back_and_a_client_that_leaves_gives_its_place_back()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"], "--Serving:MaxQueue", "1", "--Serving:MaxBatchSize", "1");
        using var leaving = new CancellationTokenSource();
        using var stalled = new StalledContent(Png);
        var first = service.Client.PostAsync(new Uri("predictions", UriKind.Relative), stalled, leaving.Token);
        await stalled.Begun.Task;
        var classifier = service.App.Services.GetRequiredService<ClassifierService>();
        await Eventually.True(() => classifier.Pending == 1);

        using var second = await service.PostAsync(Png);
        await Refused(second, HttpStatusCode.ServiceUnavailable);
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.True(() => classifier.Pending == 0);
        using var third = await service.PostAsync(Png);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task An_upload_that_takes_too_long_is_answered_with_504()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"], "--Uploads:Timeout", "00:00:00.2");
        using var stalled = new StalledContent(Png);
        using var request = new HttpRequestMessage(HttpMethod.Post, "predictions") { Content = stalled };
        var call = service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await stalled.Begun.Task;
        var classifier = service.App.Services.GetRequiredService<ClassifierService>();
        await Eventually.True(() => classifier.Pending == 1);
        await Eventually.True(() => classifier.Pending == 0);

        // The client reads the answer once it has sent everything.
        stalled.GoOn.SetResult();
        using var response = await call;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task A_classifier_is_replaced_while_it_is_asked_and_a_damaged_one_is_reported_and_not_served()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"]);
        var before = await PredictAsync(service);
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                using var response = await service.PostAsync(Png);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            return count;
        })).ToArray();

        TinyClassifiers.Save(folder["cnn"], seed: 2, new TinyImage(2, 5));
        using var next = ImageClassifier.Load(folder["cnn"], registry: TinyBackbones.Registry());
        var expected = next.Predict(Png).Probabilities[0].Probability;
        Assert.NotEqual(before, expected, 1e-3);
        for (var found = before; Math.Abs(found - expected) > 1e-5; found = await PredictAsync(service))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(asking), count => Assert.NotEqual(0, count));
        Assert.Equal("Healthy", await service.Client.GetStringAsync(new Uri("health/ready", UriKind.Relative), TestContext.Current.CancellationToken));

        File.WriteAllText(folder["cnn/config.json"], "{}");
        for (var health = ""; health != "Degraded"; health = await service.Client.GetStringAsync(new Uri("health/ready", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Contains("config.json", await service.Client.GetStringAsync(new Uri("classifier", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(expected, await PredictAsync(service), 1e-5);
    }

    [Fact]
    public async Task It_serves_ensembles_and_ONNX_models_and_describes_itself()
    {
        TinyClassifiers.Save(folder["vit"], seed: 2, new TinyImage(2, 5), TinyBackbones.Transformer);
        using var cnn = ImageClassifier.Load(folder["cnn"], registry: TinyBackbones.Registry());
        using var vit = ImageClassifier.Load(folder["vit"], registry: TinyBackbones.Registry());
        var mean = (cnn.Predict(Png).Probabilities[0].Probability + vit.Predict(Png).Probabilities[0].Probability) / 2;
        await using (var one = await RunningPredictionService.StartAsync(folder["cnn"], "--Serving:MaxDelay", "00:00:00"))
        {
            Assert.Equal(cnn.Predict(Png).Probabilities[0].Probability, await PredictAsync(one));
        }

        var app = ServiceProgram.Build([folder["cnn"], folder["vit"], "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"], services => services.AddSingleton(TinyBackbones.Registry()));
        await using (app)
        {
            var service = app.Services.GetRequiredService<ClassifierService>();
            await service.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal(mean, (await service.PredictAsync(Png, cancellationToken: TestContext.Current.CancellationToken)).Probabilities[0].Probability, 1e-6);
        }

        OnnxExport.Save(cnn, folder["model.onnx"]);
        await using var onnx = await RunningPredictionService.StartAsync(folder["model.onnx"]);
        Assert.Equal(cnn.Predict(Png).Probabilities[0].Probability, await PredictAsync(onnx), 1e-5);
        Assert.Equal("Healthy", await onnx.Client.GetStringAsync(new Uri("health/live", UriKind.Relative), TestContext.Current.CancellationToken));

        using var explained = await onnx.Client.PostAsync(new Uri("explain", UriKind.Relative), new ByteArrayContent(Png), TestContext.Current.CancellationToken);
        Assert.Contains("an ensemble or an ONNX model, which cannot be explained", await Refused(explained, HttpStatusCode.BadRequest), StringComparison.Ordinal);

        using var document = JsonDocument.Parse(await onnx.Client.GetStringAsync(new Uri("openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));
        var post = document.RootElement.GetProperty("paths").GetProperty("/predictions").GetProperty("post");
        Assert.Equal(["200", "400", "413", "503", "504"], post.GetProperty("responses").EnumerateObject().Select(response => response.Name).Order(StringComparer.Ordinal));
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/octet-stream", out _));
        Assert.Contains("scalar", await onnx.Client.GetStringAsync(new Uri("scalar/v1", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        var page = await onnx.Client.GetStringAsync(new Uri("", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("predictions", page, StringComparison.Ordinal);
        Assert.DoesNotContain("//", page.Replace("<!doctype html>", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_listens_to_this_machine_alone_unless_it_is_told_otherwise()
    {
        await using var app = ServiceProgram.Build([folder["cnn"]]);
        Assert.Equal("http://127.0.0.1:5080", app.Configuration["urls"]);
        await using var told = ServiceProgram.Build([folder["cnn"], "--urls", "http://*:8080"]);
        Assert.Equal("http://*:8080", told.Configuration["urls"]);
    }

    [Theory]
    [InlineData("--Uploads:MaxBytes", "0", "Uploads:MaxBytes is 0")]
    [InlineData("--Serving:MaxBatchSize", "0", "MaxBatchSize is 0; it must be at least 1")]
    [InlineData("--Serving:MaxBatchSise", "3", "MaxBatchSise")]
    [InlineData(null, null, "does not exist")]
    public async Task What_it_cannot_start_with_is_one_line_and_the_exit_code_2(string? setting, string? value, string expected)
    {
        await using var written = new StringWriter();
        string[] args = setting is null ? [folder["absent"]] : [folder["cnn"], setting, value!];
        Assert.Equal(2, await ServiceProgram.RunAsync([.. args, "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"], written));
        var line = written.ToString().TrimEnd();
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    private static async Task<double> PredictAsync(RunningPredictionService service)
    {
        using var response = await service.PostAsync(Png);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return Probabilities(answer)[0].Probability;
    }

    private static (string Label, double Probability)[] Probabilities(JsonDocument answer) =>
        [.. answer.RootElement.GetProperty("probabilities").EnumerateArray().Select(p => (p.GetProperty("label").GetString()!, p.GetProperty("probability").GetDouble()))];

    private static async Task<string> Refused(HttpResponseMessage response, HttpStatusCode expected)
    {
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((int)expected, problem.RootElement.GetProperty("status").GetInt32());
        return problem.RootElement.GetProperty("detail").GetString()!;
    }
}
