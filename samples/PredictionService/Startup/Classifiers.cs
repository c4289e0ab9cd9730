using Cass;
using Cass.Data;
using Cass.Serving;

namespace PredictionService;

/// <summary>Registers what the command line names: a classifier's folder, an ensemble's folders, or an ONNX model.</summary>
internal static class Classifiers
{
    public const string HowToMakeOne = "give the folder of a classifier, such as that which `dotnet run -c Release --project samples/BrainMri` writes to runs/brain-mri/cnn";

    /// <exception cref="CassInputException">There is none, or they do not go together.</exception>
    public static void AddClassifiers(this IServiceCollection services, string[] paths, IConfiguration serving, UploadLimits limits)
    {
        // Whoever sends an image cannot change the options that a message would advise to.
        var decoding = ImageDecodingOptions.ForPrediction with
        {
            MaxBytes = limits.MaxBytes,
            MaxPixels = limits.MaxPixels,
            Names = SettingNames.Of(_ => null),
        };
        void Bind(ServingOptions options) => serving.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);

        switch (paths)
        {
            case []:
                throw new CassInputException($"No classifier to serve: {HowToMakeOne}.");
            case [var path] when path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase):
                services.AddCassOnnxClassifier(path, Bind, classifier => classifier.Decoding = decoding);
                break;
            case [var folder]:
                services.AddCassClassifier(folder, Bind, classifier => classifier.Decoding = decoding);
                break;
            default:
                services.AddCassEnsemble(paths, Bind, classifier => classifier.Decoding = decoding);
                break;
        }
    }
}
