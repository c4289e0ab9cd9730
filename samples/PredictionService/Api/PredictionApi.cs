using Cass;
using Cass.Serving;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PredictionService;

/// <summary>What the service answers to.</summary>
internal static class PredictionApi
{
    public static void MapPredictions(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<UploadLimits>();
        app.MapPost("/predictions", PredictAsync)
            .WithRequestTimeout(limits.Timeout)
            .WithSummary("Classifies an image.")
            .WithDescription("The body is a JPEG, PNG, BMP, WebP or GIF as it is, not a form.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);
        app.MapPost("/explain", ExplanationApi.ExplainAsync)
            .Produces(StatusCodes.Status200OK, contentType: "image/png")
            .WithRequestTimeout(limits.Timeout)
            .WithSummary("Shows what the network looks at in an image.")
            .WithDescription("The body is a JPEG, PNG, BMP, WebP or GIF as it is, not a form; the answer a PNG of the image, in its own size, under a heat map with a bar of its colours. The class is named by its name, and is the most probable one otherwise; the method is the first that suits the network. Headers name both.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);
        app.MapGet("/classifier", (ClassifierService classifier) => new ClassifierState([.. classifier.Labels.Names], classifier.LoadedAt, classifier.ReloadFailure, classifier.Pending))
            .WithSummary("Tells which classes the classifier knows, and since when it has been served.");
    }

    private static async Task<Ok<Prediction>> PredictAsync(Stream body, ClassifierService classifier, CancellationToken cancellationToken, string name = "upload") =>
        TypedResults.Ok(await classifier.PredictAsync(body, string.IsNullOrWhiteSpace(name) ? "upload" : name, cancellationToken));
}
