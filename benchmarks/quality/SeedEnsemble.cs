using System.Globalization;
using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>The networks of all seeds as one classifier, the mean of their probabilities: what several trainings of the same settings are worth together.</summary>
internal static class SeedEnsemble
{
    /// <summary>Trains what is not saved, and scores each method's networks together.</summary>
    public static string Of(Settings settings, ImageParts parts)
    {
        var lines = new List<string> { "| networks of all seeds together | seeds | F1 | macro-F1 | accuracy | images |", "| --- | --- | --- | --- | --- | --- |" };
        foreach (var method in settings.Methods)
        {
            var experiments = settings.Seeds.Select(seed => new Experiment(settings, parts, method, seed)).ToList();
            foreach (var place in Enumerable.Range(0, experiments[0].Cells().Count()))
            {
                var cell = experiments[0].Cells().ElementAt(place);
                var classifiers = new List<ImageClassifier>();
                try
                {
                    experiments.ForEach(experiment => experiment.Train(experiment.Cells().ElementAt(place), classifiers));
                    using var ensemble = new ClassifierEnsemble(classifiers);
                    var report = ensemble.Evaluate(parts.Scored(settings.Score));
                    lines.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {method.Name}, {cell.Network.ToString().ToLowerInvariant()}, labels {cell.LabelFraction}, rate {cell.Rate} | {string.Join(' ', settings.Seeds)} | {report.F1:0.0000} | {report.MacroF1:0.0000} | {report.Accuracy:0.0000} | {report.Images} |"));
                }
                finally
                {
                    classifiers.ForEach(classifier => classifier.Dispose());
                }
            }
        }

        return string.Join('\n', lines);
    }
}
