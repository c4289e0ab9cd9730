using Cass;
using Cass.Data;
using Cass.Serving;
using Company.CassService1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

// usage: dotnet run -c Release [-- --Classifier FOLDER], a folder that ImageClassifier.Save wrote. Without one, a classifier of drawn images is trained at the first start.
try
{
    var builder = WebApplication.CreateBuilder(args);
    var folder = builder.Configuration["Classifier"] ?? "classifier";
    if (folder == "classifier" && !Directory.Exists(folder))
    {
        FirstClassifier.Train(folder);
    }

    // Whoever uploads an image may be anybody: its size is limited before it is read, and its pixels before they are decoded.
    var uploads = builder.Configuration.GetSection("Uploads");
    var (maxBytes, maxPixels) = (uploads.GetValue("MaxBytes", 16L << 20), uploads.GetValue("MaxPixels", 50_000_000L));
    if (maxBytes < 1 || maxPixels < 1)
    {
        throw new CassInputException($"Uploads:MaxBytes is {maxBytes} and Uploads:MaxPixels {maxPixels}; both must be above 0.");
    }

    builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = maxBytes);
    builder.Services.AddCassClassifier(
        folder,
        options => builder.Configuration.GetSection("Serving").Bind(options, binder => binder.ErrorOnUnknownConfiguration = true),
        classifier => classifier.Decoding = ImageDecodingOptions.ForPrediction with
        {
            MaxBytes = maxBytes,
            MaxPixels = maxPixels,
            Names = SettingNames.Of(_ => null), // whoever sends an image cannot raise a limit, and is not advised to
        });
    builder.Services.AddProblemDetails();
    builder.Services.AddExceptionHandler<ProblemAnswers>();
    builder.Services.AddHealthChecks().AddCheck<ReadinessCheck>("classifier");

    var app = builder.Build();
    app.UseExceptionHandler();
    app.MapPost("/predictions", (Stream body, ClassifierService classifier, CancellationToken cancellationToken) => classifier.PredictAsync(body, "upload", cancellationToken));
    app.MapGet("/classifier", (ClassifierService classifier) => new { Labels = classifier.Labels.Names, classifier.LoadedAt, classifier.ReloadFailure });
    app.MapHealthChecks("/health");
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (error is CassException or OptionsValidationException or InvalidOperationException)
{
    // Settings that are out of range, unknown or no numbers are the last two.
    Console.Error.WriteLine(error.Message);
    return 2;
}
