using Cass.Data;
using Cass.Onnx;
using Cass.Training;

namespace Cass.ML;

/// <summary>The ONNX model of a transformer.</summary>
internal static class ScoringModel
{
    /// <summary>Classifiers as one: the mean of their probabilities, and the labels that this is above the mean threshold of.</summary>
    /// <param name="classifiers">At least one; of one image size, activation and set of classes.</param>
    public static byte[] Of(IReadOnlyList<ImageClassifier> classifiers)
    {
        var (first, names) = (classifiers[0], classifiers[0].Labels.Names);
        var graph = new ScoringGraph(first.ImageHeight, first.ImageWidth);
        var probabilities = graph.Mean([.. Export(classifiers, static (classifier, path) => OnnxExport.Save(classifier, path, new OnnxExportOptions { IncludeActivation = true, AnyImageSize = false, ExternalWeights = false }), graph)]);
        graph.Output(probabilities, names.Count, ScoringColumns.Scores);
        graph.NameSlots(ScoringColumns.Scores, names);
        if (first.Activation == OutputActivation.Sigmoid)
        {
            graph.OutputAbove(ScoringColumns.Scores, [.. names.Select((_, i) => classifiers.Average(classifier => classifier.Thresholds[i]))], ScoringColumns.Decisions);
            graph.NameSlots(ScoringColumns.Decisions, names);
        }

        return graph.ToBytes();
    }

    /// <summary>Networks without a classifier: their embeddings one after the other.</summary>
    public static byte[] Of(IReadOnlyList<Backbone> backbones, (int Height, int Width) size)
    {
        var graph = new ScoringGraph(size.Height, size.Width);
        var features = graph.Concatenate([.. Export(backbones, (backbone, path) => OnnxExport.Save(backbone, path, new OnnxExportOptions { ImageSize = size, AnyImageSize = false, ExternalWeights = false }), graph)]);
        graph.Output(features, backbones.Sum(backbone => (int)backbone.NumFeatures), ScoringColumns.Scores);
        return graph.ToBytes();
    }

    public static ImagePreparation PreparationOf(string column, ImageClassifier classifier) =>
        PreparationOf(column, (classifier.ImageHeight, classifier.ImageWidth), classifier.Normalization);

    public static ImagePreparation PreparationOf(string column, (int Height, int Width) size, ChannelStatistics normalization) =>
        new(column, size.Height, size.Width, normalization.Mean, normalization.Std);

    private static IEnumerable<string> Export<T>(IEnumerable<T> networks, Action<T, string> save, ScoringGraph graph)
    {
        foreach (var network in networks)
        {
            var path = Path.Combine(Path.GetTempPath(), $"cass-{Guid.NewGuid():N}.onnx");
            try
            {
                save(network, path);
                yield return graph.Add(path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
