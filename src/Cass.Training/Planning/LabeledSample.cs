using Cass.Data;

namespace Cass.Training;

/// <summary>The share of the training images whose labels are used.</summary>
internal static class LabeledSample
{
    /// <summary>The positions of the images that <see cref="Draw"/> draws.</summary>
    /// <param name="train">The training images.</param>
    /// <param name="share">The share, in (0, 1).</param>
    /// <param name="stratify">Whether classes keep their shares.</param>
    /// <param name="seed">The seed.</param>
    public static IReadOnlySet<int> Positions(ImageDataset train, double share, bool stratify, long seed)
    {
        var size = (int)(train.Count * share);
        return (stratify
            ? StratifiedSample.Draw([.. Enumerable.Range(0, train.Count).Select(i => train.LabelsOf(i)[0])], size, seed, train.Labels.Names)
            : RandomSample.Draw(train.Count, size, seed)).ToHashSet();
    }

    /// <summary>Draws it.</summary>
    /// <param name="train">The training images.</param>
    /// <param name="share">The share, in (0, 1].</param>
    /// <param name="stratify">Whether classes keep their shares.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The images; null where the share leaves none.</returns>
    /// <exception cref="CassInputException">Classes cannot keep their shares; the message says why.</exception>
    public static ImageDataset? Draw(ImageDataset train, double share, bool stratify, long seed) => share >= 1 ? train
        : (int)(train.Count * share) == 0 ? null
        : stratify ? train.SampleStratified(share, seed)
        : train.Sample(share, seed);
}
