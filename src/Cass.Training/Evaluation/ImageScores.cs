using Cass.Data;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// What a classifier says of labelled images, and what they are: for metrics, intervals and comparisons of your own. Made by
/// <see cref="ImageClassifier.Score(Data.ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> and
/// <see cref="ClassifierEnsemble.Score(Data.ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/>.
/// </summary>
/// <example><code>
/// using var scores = classifier.Score(test);
/// var auroc = Bootstrap.Interval(() =&gt; new Auroc(), scores.Probabilities, scores.Targets, scores.Groups);
/// </code></example>
public sealed class ImageScores : IDisposable
{
    internal ImageScores(Tensor probabilities, Tensor targets, IReadOnlyList<string?>? groups) =>
        (Probabilities, Targets, Groups) = (probabilities, targets, groups);

    /// <summary>Float32 [images, classes], in [0, 1], on the CPU: the images in the order of the dataset, the classes in that of their ids.</summary>
    public Tensor Probabilities { get; }

    /// <summary>Float32 [images, classes] of 0 and 1, on the CPU.</summary>
    public Tensor Targets { get; }

    /// <summary>The group of each image, such as its patient; null where the images have none.</summary>
    public IReadOnlyList<string?>? Groups { get; }

    internal static ImageScores Of(Scores scores, OutputActivation activation, ImageDataset dataset)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return new ImageScores(
            activation.Probabilities(scores.Logits).to(ScalarType.Float32).DetachFromDisposeScope(),
            scores.Targets.to(ScalarType.Float32, copy: true).DetachFromDisposeScope(),
            dataset.IsGrouped ? [.. Enumerable.Range(0, dataset.Count).Select(dataset.GroupOf)] : null);
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Probabilities.Dispose();
        Targets.Dispose();
    }
}
