using Cass;
using Cass.Data;
using Cass.Explain;
using Cass.Training;

namespace BrainMri.Results;

/// <summary>What both networks look at, side by side, on test images of each class that they predict rightly and wrongly.</summary>
internal static class HeatMapSection
{
    private const int PicturesOfEach = 2;
    private const int BatchSize = 32;

    // Of large collections not all are gone through for the rare mistake.
    private const int MostImages = 512;

    /// <summary>Makes the section; null for images of several labels, and where pictures cannot be drawn, which is told.</summary>
    /// <param name="cnn">The convolutional network.</param>
    /// <param name="transformer">The vision transformer.</param>
    /// <param name="test">Images that neither was trained on.</param>
    /// <param name="warn">Takes why there is no section.</param>
    /// <param name="progress">Takes how much is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    public static ReportSection? Of(ImageClassifier cnn, ImageClassifier transformer, ImageDataset test, Action<string> warn, Action<double> progress, CancellationToken cancellationToken)
    {
        if (test.IsMultiLabel)
        {
            return null;
        }

        var chosen = Choose(cnn, transformer, test, part => progress(part / 2), cancellationToken);
        var pictures = new List<ReportPicture>();
        try
        {
            foreach (var example in chosen)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pictures.Add(Picture(cnn, transformer, example));
                progress(0.5 + (0.5 * pictures.Count / chosen.Count));
            }
        }
        catch (CassException error)
        {
            warn($"The report has no heat maps: {error.Message}");
            return null;
        }

        return new ReportSection(
            "What the networks look at",
            "Test images of each class that both networks predict rightly, then some that one or both predict wrongly: the image, and what speaks for the class that the network predicts. A map shows what a network used, not where a disease is, and its brightness cannot be compared with another's (docs/explain.md).",
            pictures);
    }

    private static ReportPicture Picture(ImageClassifier cnn, ImageClassifier transformer, Example example)
    {
        Explanation[] both = [cnn.Explain(example.Image), transformer.Explain(example.Image)];
        var wrong = both.Where(explanation => !string.Equals(explanation.Label, example.Truth, StringComparison.Ordinal)).Select(explanation => $"{explanation.Network} says {explanation.Label}").ToArray();
        var name = Path.GetFileName(example.Image.Name);
        return new ReportPicture(
            ExplanationPictures.EncodeSideBySide(both),
            wrong.Length == 0 ? $"{name} is {example.Truth}, as both say" : $"{name} is {example.Truth}; {string.Join(", ", wrong)}",
            IsWrong: wrong.Length > 0);
    }

    /// <summary>For each class, some that both predict rightly, then some that they do not.</summary>
    private static List<Example> Choose(ImageClassifier cnn, ImageClassifier transformer, ImageDataset test, Action<double> progress, CancellationToken cancellationToken)
    {
        var found = new Dictionary<(int Truth, bool IsWrong), List<Example>>();
        var kinds = 2 * test.Labels.Count;
        foreach (var batch in Enumerable.Range(0, Math.Min(test.Count, MostImages)).Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            IImageSource[] images = [.. batch.Select(i => test.Images[i])];
            foreach (var (i, (first, second)) in batch.Zip(cnn.Predict(images).Zip(transformer.Predict(images))))
            {
                var truth = test.LabelsOf(i)[0];
                var name = test.Labels[truth];
                var isWrong = !string.Equals(first.Label, name, StringComparison.Ordinal) || !string.Equals(second.Label, name, StringComparison.Ordinal);
                if (!found.TryGetValue((truth, isWrong), out var examples))
                {
                    found[(truth, isWrong)] = examples = [];
                }

                if (examples.Count < PicturesOfEach)
                {
                    examples.Add(new Example(test.Images[i], name));
                }
            }

            progress((batch[^1] + 1.0) / Math.Min(test.Count, MostImages));
            if (found.Values.Count(examples => examples.Count == PicturesOfEach) == kinds)
            {
                break;
            }
        }

        return [.. found.OrderBy(entry => entry.Key).SelectMany(entry => entry.Value)];
    }

    private sealed record Example(IImageSource Image, string Truth);
}
