using System.Collections;

namespace Cass.Training;

/// <summary>The classifiers that several networks became, in the order of the networks. It owns them.</summary>
public sealed class FineTunedClassifiers : IReadOnlyList<ImageClassifier>, IDisposable
{
    private readonly ImageClassifier[] classifiers;

    internal FineTunedClassifiers(IEnumerable<ImageClassifier> classifiers) => this.classifiers = [.. classifiers];

    /// <summary>The number of classifiers.</summary>
    public int Count => classifiers.Length;

    /// <summary>The classifier that the network of that place became.</summary>
    /// <param name="index">The place, from 0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="IndexOutOfRangeException">There is no network of that place.</exception>
    public ImageClassifier this[int index] => classifiers[index];

    /// <inheritdoc/>
    public IEnumerator<ImageClassifier> GetEnumerator() => ((IEnumerable<ImageClassifier>)classifiers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Disposes the classifiers.</summary>
    public void Dispose() => Array.ForEach(classifiers, classifier => classifier.Dispose());
}
