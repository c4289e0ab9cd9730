using System.Globalization;
using Cass;
using Cass.Explain;
using Cass.Serving;
using Cass.Training;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace PredictionService;

/// <summary>Answers with a picture of what the network looks at.</summary>
internal static class ExplanationApi
{
    public static async Task<FileContentHttpResult> ExplainAsync(
        Stream body,
        ClassifierService classifier,
        HttpResponse response,
        CancellationToken cancellationToken,
        [FromQuery(Name = "class")] string? target = null,
        string? method = null,
        string name = "upload",
        bool bar = true)
    {
        var chosen = MethodOf(method);
        var (explanation, png) = await classifier.ComputeAsync(
            body,
            (predictor, image) =>
            {
                if (predictor is not ImageClassifier explained)
                {
                    throw new CassInputException("What is served here is an ensemble or an ONNX model, which cannot be explained; serve the folder of a single classifier.");
                }

                var explanation = explained.Explain(image, chosen, string.IsNullOrWhiteSpace(target) ? TargetClass.MostProbable : target, cancellationToken: cancellationToken);
                return (explanation, explanation.EncodeOverlay(new OverlayOptions { ColorBar = bar }));
            },
            string.IsNullOrWhiteSpace(name) ? "upload" : name,
            cancellationToken);

        // Names of classes may have any characters, and headers may not.
        response.Headers["Cass-Class"] = Uri.EscapeDataString(explanation.Label);
        response.Headers["Cass-Probability"] = explanation.Probability.ToString("0.0000", CultureInfo.InvariantCulture);
        response.Headers["Cass-Method"] = explanation.Method.ToString();
        response.Headers["Cass-Network"] = Uri.EscapeDataString(explanation.Network);
        return TypedResults.Bytes(png, "image/png");
    }

    private static ExplanationMethod? MethodOf(string? name) => string.IsNullOrWhiteSpace(name) ? null
        : Enum.GetNames<ExplanationMethod>().FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase)) is { } found ? Enum.Parse<ExplanationMethod>(found)
        : throw new CassInputException($"There is no method '{name}'{NearestNames.Suggest(name, Enum.GetNames<ExplanationMethod>())}; the methods are {string.Join(", ", Enum.GetNames<ExplanationMethod>())}.");
}
