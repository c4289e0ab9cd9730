using Cass.Models;
using Cass.Serving;
using Cass.Training;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers saved classifiers that are served by TorchSharp.</summary>
public static class CassClassifierServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="ClassifierService"/> of a classifier that <see cref="ImageClassifier.Save"/> wrote. The host loads it when it starts, and does not
    /// start where it is missing or damaged; it is loaded again when its files have changed. The network's name is looked up in the
    /// <see cref="BackboneRegistry"/> among the services, or in timm's names where there is none.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The classifier's folder.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up the classifier each time it was loaded: how it decodes, test-time augmentation.</param>
    /// <param name="device">Where to run it; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier is registered already; register others under names.</exception>
    public static IServiceCollection AddCassClassifier(this IServiceCollection services, string folder, Action<ServingOptions>? configure = null, Action<ImageClassifier>? prepare = null, TrainingDevice? device = null) =>
        services.AddClassifierService(Classifier(folder, prepare, device), configure);

    /// <summary><see cref="AddCassClassifier"/> under a name, for several of them: inject it by <c>[FromKeyedServices(name)]</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key of the service, the name of its options, and what the classifier is called in logs and metrics.</param>
    /// <param name="folder">The classifier's folder.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up the classifier each time it was loaded: how it decodes, test-time augmentation.</param>
    /// <param name="device">Where to run it; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier of the name is registered already.</exception>
    public static IServiceCollection AddKeyedCassClassifier(this IServiceCollection services, string name, string folder, Action<ServingOptions>? configure = null, Action<ImageClassifier>? prepare = null, TrainingDevice? device = null) =>
        services.AddKeyedClassifierService(name, Classifier(folder, prepare, device), configure);

    /// <summary>
    /// Registers a <see cref="ClassifierService"/> of several classifiers as one, a <see cref="ClassifierEnsemble"/>: all are loaded again when a file of any
    /// has changed.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folders">The classifiers' folders, at least one.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up each classifier when it was loaded. How images are decoded is the first one's.</param>
    /// <param name="device">Where to run them; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier is registered already; register others under names.</exception>
    public static IServiceCollection AddCassEnsemble(this IServiceCollection services, IReadOnlyList<string> folders, Action<ServingOptions>? configure = null, Action<ImageClassifier>? prepare = null, TrainingDevice? device = null) =>
        services.AddClassifierService(Ensemble(folders, prepare, device), configure);

    /// <summary><see cref="AddCassEnsemble"/> under a name, for several of them: inject it by <c>[FromKeyedServices(name)]</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key of the service, the name of its options, and what the ensemble is called in logs and metrics.</param>
    /// <param name="folders">The classifiers' folders, at least one.</param>
    /// <param name="configure">Sets how requests are queued and batched.</param>
    /// <param name="prepare">Sets up each classifier when it was loaded. How images are decoded is the first one's.</param>
    /// <param name="device">Where to run them; <see cref="TrainingDevice.Best"/> where null.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">A classifier of the name is registered already.</exception>
    public static IServiceCollection AddKeyedCassEnsemble(this IServiceCollection services, string name, IReadOnlyList<string> folders, Action<ServingOptions>? configure = null, Action<ImageClassifier>? prepare = null, TrainingDevice? device = null) =>
        services.AddKeyedClassifierService(name, Ensemble(folders, prepare, device), configure);

    private static Func<IServiceProvider, PredictorSource> Classifier(string folder, Action<ImageClassifier>? prepare, TrainingDevice? device)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var path = Path.GetFullPath(folder);
        return provider => new PredictorSource(ImageClassifier.FilesOf(path), () =>
        {
            var classifier = ImageClassifier.Load(path, device, provider.GetService<BackboneRegistry>());
            return PreparedOrDisposed(classifier, [classifier], prepare);
        });
    }

    private static Func<IServiceProvider, PredictorSource> Ensemble(IReadOnlyList<string> folders, Action<ImageClassifier>? prepare, TrainingDevice? device)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentOutOfRangeException.ThrowIfZero(folders.Count, nameof(folders));
        string[] paths = [.. folders.Select(Path.GetFullPath)];
        return provider => new PredictorSource([.. paths.SelectMany(ImageClassifier.FilesOf)], () =>
        {
            var ensemble = ClassifierEnsemble.Load(paths, device, provider.GetService<BackboneRegistry>());
            return PreparedOrDisposed(ensemble, ensemble.Classifiers, prepare);
        });
    }

    private static T PreparedOrDisposed<T>(T predictor, IReadOnlyList<ImageClassifier> classifiers, Action<ImageClassifier>? prepare)
        where T : IDisposable
    {
        try
        {
            foreach (var classifier in classifiers)
            {
                prepare?.Invoke(classifier);
            }

            return predictor;
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }
}
