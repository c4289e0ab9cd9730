using Cass.Data;

namespace Cass.Training;

/// <summary>Looks for a share of images that is enough.</summary>
internal static class ImageShare
{
    /// <summary>The smallest share above the present one, in few digits, whose sample meets a condition; null where none does.</summary>
    /// <param name="train">The training images.</param>
    /// <param name="present">The present share.</param>
    /// <param name="stratify">Whether classes keep their shares in the sample.</param>
    /// <param name="seed">The seed of the sample.</param>
    /// <param name="isEnough">The condition.</param>
    public static double? Smallest(ImageDataset train, double present, bool stratify, long seed, Func<ImageDataset, bool> isEnough)
    {
        foreach (var share in Candidates(train.Count, present))
        {
            // Samples of different sizes need not contain one another, so that each is drawn.
            if (Sample(share) is { } sample && isEnough(sample))
            {
                return share;
            }
        }

        return null;

        ImageDataset? Sample(double share)
        {
            try
            {
                return LabeledSample.Draw(train, share, stratify, seed);
            }
            catch (CassInputException)
            {
                // So few cannot keep the classes' shares.
                return null;
            }
        }
    }

    /// <summary>Shares above the present one in few digits, 1 the last: for every number of images at first, then in larger steps.</summary>
    public static IEnumerable<double> Candidates(int images, double present)
    {
        var unit = Math.Pow(10, Math.Max(2, (int)Math.Ceiling(Math.Log10(Math.Max(1, images))) + 1));
        for (var size = (int)(images * present) + 1; size < images; size += Math.Max(1, size / 50))
        {
            yield return Math.Min(1, Math.Ceiling(size * unit / images) / unit);
        }

        if (present < 1 && images > 0)
        {
            yield return 1;
        }
    }
}
