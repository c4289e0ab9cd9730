using Cass.OnnxRuntime;
using Cass.Serving;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers exported classifiers that are served by ONNX Runtime, without libtorch.</summary>
public static class CassOnnxClassifierServiceCollectionExtensions
{
    /// <summary>What the export adds to a model's name for the file of its weights, where these lie beside it.</summary>
    private const string WeightsSuffix = ".data";

    /// <summary>
    /// Registers a <see cref="ClassifierService"/> of a classifier that Cass.Onnx wrote. The host loads it when it starts, and does not start where it is missing or
    /// damaged; it is loaded again when the file, or that of its weights beside it, has changed.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="path">The ONNX file.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up the classifier each time it was loaded: how it decodes.</param>
    /// <param name="session">Makes the options by which ONNX Runtime runs it: threads, or another execution provider. They are disposed once the classifier is loaded.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier is registered already; register others under names.</exception>
    public static IServiceCollection AddCassOnnxClassifier(this IServiceCollection services, string path, Action<ServingOptions>? configure = null, Action<OnnxClassifier>? prepare = null, Func<SessionOptions>? session = null) =>
        services.AddClassifierService(Classifier(path, prepare, session), configure);

    /// <summary><see cref="AddCassOnnxClassifier"/> under a name, for several of them: inject it by <c>[FromKeyedServices(name)]</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key of the service, the name of its options, and what the classifier is called in logs and metrics.</param>
    /// <param name="path">The ONNX file.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up the classifier each time it was loaded: how it decodes.</param>
    /// <param name="session">Makes the options by which ONNX Runtime runs it: threads, or another execution provider. They are disposed once the classifier is loaded.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier of the name is registered already.</exception>
    public static IServiceCollection AddKeyedCassOnnxClassifier(this IServiceCollection services, string name, string path, Action<ServingOptions>? configure = null, Action<OnnxClassifier>? prepare = null, Func<SessionOptions>? session = null) =>
        services.AddKeyedClassifierService(name, Classifier(path, prepare, session), configure);

    private static Func<IServiceProvider, PredictorSource> Classifier(string path, Action<OnnxClassifier>? prepare, Func<SessionOptions>? session)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = Path.GetFullPath(path);
        return _ => new PredictorSource([file, file + WeightsSuffix], () =>
        {
            using var options = session?.Invoke();
            var classifier = OnnxClassifier.Load(file, options);
            try
            {
                prepare?.Invoke(classifier);
                return classifier;
            }
            catch
            {
                classifier.Dispose();
                throw;
            }
        });
    }
}
