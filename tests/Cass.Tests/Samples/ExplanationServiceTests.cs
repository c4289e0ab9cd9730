using System.Net;
using System.Text.Json;
using Cass.Data;
using Cass.Explain;
using Cass.Tests.Data;
using Cass.Tests.Models;
using Cass.Tests.Serving;
using Cass.Tests.Training;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>What the sample's web service answers to who asks what the network looks at.</summary>
public sealed class ExplanationServiceTests : IDisposable
{
    private static readonly byte[] Png = TestImages.Encode(new TinyImage(2, 5, size: 60).Decode());

    private readonly TemporaryFolder folder = new();

    public ExplanationServiceTests() => TinyClassifiers.Save(folder["cnn"], seed: 1, new TinyImage(2, 5));

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_upload_gets_the_picture_that_the_classifier_gives_of_the_class_and_by_the_method_that_are_asked_for()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"]);
        using var classifier = ImageClassifier.Load(folder["cnn"], registry: TinyBackbones.Registry());
        foreach (var (query, expected) in new[]
        {
            ("", classifier.Explain(new EncodedImage(Png, "upload"))),
            ("?class=rows&method=occlusion", classifier.Explain(new EncodedImage(Png, "upload"), ExplanationMethod.Occlusion, "rows")),
        })
        {
            using var response = await PostAsync(service, query);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("image/png", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal(expected.EncodeOverlay(), await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            Assert.Equal(expected.Label, response.Headers.GetValues("Cass-Class").Single());
            Assert.Equal(expected.Method.ToString(), response.Headers.GetValues("Cass-Method").Single());
            Assert.Equal(expected.Network, response.Headers.GetValues("Cass-Network").Single());
        }

        using var bare = await PostAsync(service, "?bar=false");
        var picture = ImageDecoder.Decode(await bare.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), "picture");
        Assert.Equal((60, 60), (picture.Width, picture.Height));
    }

    [Fact]
    public async Task What_cannot_be_explained_is_answered_with_400_and_what_would_do()
    {
        await using var service = await RunningPredictionService.StartAsync(folder["cnn"]);
        Assert.Contains("Unknown class 'row'; did you mean 'rows'", await Refused(service, "?class=row"), StringComparison.Ordinal);
        Assert.Contains("no method 'gradcamm'; did you mean 'GradCam'", await Refused(service, "?method=gradcamm"), StringComparison.Ordinal);
        Assert.Contains("use HiResCam, GradCam, Occlusion or IntegratedGradients", await Refused(service, "?method=AttentionRollout"), StringComparison.Ordinal);
        Assert.Contains("it is text, not an image", await Refused(service, "", "not an image"u8.ToArray()), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PostAsync(RunningPredictionService service, string query, byte[]? body = null) =>
        service.Client.PostAsync(new Uri($"explain{query}", UriKind.Relative), new ByteArrayContent(body ?? Png), TestContext.Current.CancellationToken);

    private static async Task<string> Refused(RunningPredictionService service, string query, byte[]? body = null)
    {
        using var response = await PostAsync(service, query, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return problem.RootElement.GetProperty("detail").GetString()!;
    }
}
