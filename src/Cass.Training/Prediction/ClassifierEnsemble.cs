namespace Cass.Training;

/// <summary>
/// Several classifiers as one, such as both networks of a CASS pair: the mean of their probabilities. May be used from
/// several threads at once. It does not own them.
/// </summary>
public sealed class ClassifierEnsemble : IImagePredictor
{
    private readonly IReadOnlyList<ImageClassifier> classifiers;
    private readonly double[] thresholds;

    /// <summary>Puts classifiers together.</summary>
    /// <param name="classifiers">At least one; all know the same classes in the same order.</param>
    /// <exception cref="CassInputException">There is none, or their classes differ.</exception>
    public ClassifierEnsemble(params IReadOnlyList<ImageClassifier> classifiers)
    {
        ArgumentNullException.ThrowIfNull(classifiers);
        if (classifiers.Count == 0)
        {
            throw new CassInputException("An ensemble needs at least one classifier.");
        }

        var other = classifiers.FirstOrDefault(classifier => !classifier.Labels.Equals(classifiers[0].Labels));
        if (other is not null)
        {
            throw new CassInputException($"{other.Network.ModelName} knows the classes {other.Labels}, {classifiers[0].Network.ModelName} knows {classifiers[0].Labels}; fine-tune them with one label map.");
        }

        this.classifiers = [.. classifiers];
        thresholds = [.. Enumerable.Range(0, Labels.Count).Select(i => this.classifiers.Average(classifier => classifier.Thresholds[i]))];
    }

    /// <inheritdoc/>
    public LabelMap Labels => classifiers[0].Labels;

    /// <summary>Probabilities above which labels are predicted, by class: the mean of the classifiers'.</summary>
    public IReadOnlyList<double> Thresholds => thresholds;

    /// <inheritdoc/>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var each = classifiers.Select(classifier => classifier.Probabilities(images)).ToList();
        var classes = Labels.Count;
        var mean = new float[images.Count * classes];
        for (var i = 0; i < mean.Length; i++)
        {
            mean[i] = each.Average(probabilities => probabilities[i]);
        }

        return [.. images.Select((image, i) => Prediction.Of(image.Name, Labels, thresholds, mean.AsSpan(i * classes, classes)))];
    }
}
