using Cass;
using Cass.Data;

namespace BrainMri.Data;

/// <summary>
/// Says which classes have too few images to be in the training, validation and test part, and how many are needed: the split is
/// tried with more, by numbers alone.
/// </summary>
/// <param name="source">What the images are called in errors, such as <c>--data 'scans'</c>.</param>
/// <param name="heldBack">Share of the images that is held back from training.</param>
/// <param name="seed">Seed of the split.</param>
/// <param name="hasOwnTest">Whether the test images were given, and all that is held back is for validation.</param>
internal sealed class ClassShortage(string source, double heldBack, long seed, bool hasOwnTest)
{
    private const int ShownClasses = 5;

    /// <summary>Images of a class beyond which no number is tried.</summary>
    private const int Plenty = 1000;

    /// <summary>Refuses images that cannot be split by class into all parts.</summary>
    /// <exception cref="CassInputException">A class has too few images, or there are too few for so many classes.</exception>
    public void RequireNone(ImageDataset images)
    {
        int[] counts = [.. images.ClassCounts];
        if (IsEnough(counts, hasOwnTest))
        {
            return;
        }

        var needed = Needed(counts);
        var rare = Enumerable.Range(0, counts.Length).Where(id => counts[id] > 0 && counts[id] < needed).ToList();
        var parts = hasOwnTest ? "the training and the validation part" : "the training, the validation and the test part";
        if (rare.Count == 0 || needed == Plenty)
        {
            var classes = counts.Count(count => count > 0);
            throw new CassInputException($"{source} has {images.Count:N0} images of {classes} classes; at least {Total(classes):N0} are needed to have each class in {parts}. Give more images{(hasOwnTest ? string.Empty : ", or test images of their own with --test")}.");
        }

        var listed = string.Join("; ", rare.Take(ShownClasses).Select(id => $"the class '{images.Labels[id]}' has {Counted(counts[id])}, and at least {needed} are needed"));
        var withTest = !hasOwnTest && IsEnough(counts, ownTest: true) ? ", or give test images of their own with --test, which leaves more to divide" : string.Empty;
        throw new CassInputException(
            $"{source}: {listed}{(rare.Count > ShownClasses ? $"; and {rare.Count - ShownClasses} more classes" : string.Empty)}, to be in {parts}. Add images{(withTest.Length > 0 ? "," : ", or")} leave {(rare.Count == 1 ? "the class" : "these classes")} out{withTest}.");
    }

    private static string Counted(int images) => images == 1 ? "1 image" : $"{images} images";

    /// <summary>How many images are enough, if every class has as many.</summary>
    private int Needed(int[] counts)
    {
        for (var least = 2; least < Plenty; least++)
        {
            if (IsEnough([.. counts.Select(count => count == 0 ? 0 : Math.Max(count, least))], hasOwnTest))
            {
                return least;
            }
        }

        return Plenty;
    }

    private bool IsEnough(int[] counts, bool ownTest)
    {
        var labels = Labels(counts);
        try
        {
            var split = StratifiedShuffleSplit.Split(labels, heldBack, seed);
            int[] held = [.. split.Test.Select(i => labels[i])];
            if (!ownTest)
            {
                // Two of each class can be divided, one for each half.
                _ = StratifiedShuffleSplit.Split(held, testFraction: 0.5, seed);
            }

            return held.Distinct().Count() == counts.Count(count => count > 0);
        }
        catch (CassInputException)
        {
            return false;
        }
    }

    /// <summary>The fewest images of which each part is as large as there are classes.</summary>
    private int Total(int classes)
    {
        var total = classes;
        while ((int)Math.Ceiling(heldBack * total) is var held && (hasOwnTest ? held : held / 2) < classes)
        {
            total++;
        }

        return total;
    }

    private static int[] Labels(int[] counts) => [.. counts.SelectMany((count, id) => Enumerable.Repeat(id, count))];
}
