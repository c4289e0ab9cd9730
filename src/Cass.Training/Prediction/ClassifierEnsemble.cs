namespace Cass.Training;

/// <summary>
/// Several classifiers as one, such as both networks of a CASS pair: the mean of their probabilities. May be used from
/// several threads at once. It does not own them.
/// </summary>
public sealed class ClassifierEnsemble : IImagePredictor
{
    private readonly IReadOnlyList<ImageClassifier> classifiers;
    private readonly double[]? thresholds;

    /// <summary>Puts classifiers together.</summary>
    /// <param name="classifiers">At least one; all know the same classes in the same order.</param>
    /// <exception cref="CassInputException">There is none, their classes differ, or some have a softmax and others sigmoids.</exception>
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

        if (classifiers.FirstOrDefault(classifier => classifier.Activation != classifiers[0].Activation) is { } unlike)
        {
            throw new CassInputException($"{unlike.Network.ModelName} gives probabilities by {Named(unlike)}, {classifiers[0].Network.ModelName} by {Named(classifiers[0])}; their mean means nothing. Fine-tune them with one loss.");
        }

        this.classifiers = [.. classifiers];
        thresholds = Activation == OutputActivation.Softmax ? null : [.. Enumerable.Range(0, Labels.Count).Select(i => this.classifiers.Average(classifier => classifier.Thresholds[i]))];
    }

    /// <inheritdoc/>
    public LabelMap Labels => classifiers[0].Labels;

    /// <summary>How the classifiers make probabilities of their outputs, and the ensemble labels of their mean.</summary>
    public OutputActivation Activation => classifiers[0].Activation;

    /// <summary>Probabilities above which labels are predicted, by class: the mean of the classifiers'. Empty where they have a softmax, since the most probable class is then predicted.</summary>
    public IReadOnlyList<double> Thresholds => thresholds ?? [];

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

    private static string Named(ImageClassifier classifier) => classifier.Activation == OutputActivation.Softmax ? "a softmax" : "sigmoids";
}
