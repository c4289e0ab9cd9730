namespace Cass.Data;

/// <content>Splits and samples.</content>
public sealed partial class ImageDataset
{
    /// <summary>Splits the images at random, as scikit-learn's <c>train_test_split</c> does for the same seed.</summary>
    /// <param name="testFraction">Share of the test part, in (0, 1); its size is rounded up. Published: 0.2.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1. Published: 77.</param>
    /// <param name="stratify">Whether both parts keep the shares of the classes.</param>
    /// <returns>The part to train on and the part to test on.</returns>
    /// <exception cref="CassInputException">The fraction is out of range or leaves a part empty; or a stratified split is impossible.</exception>
    public (ImageDataset Train, ImageDataset Test) Split(double testFraction = 0.2, long seed = 77, bool stratify = false)
    {
        var split = stratify
            ? StratifiedShuffleSplit.Split(StratificationLabels(), testFraction, seed, Labels.Names)
            : ShuffleSplit.Split(Count, testFraction, seed);
        return (Subset(split.Train), Subset(split.Test));
    }

    /// <summary>
    /// Draws a fraction of the images, as the published label fractions were drawn: CPython's
    /// <c>random.seed(seed); random.sample(range(n), int(n · fraction))</c>.
    /// </summary>
    /// <param name="fraction">Share of the images, in (0, 1]. Published: 0.01, 0.1 and 1.</param>
    /// <param name="seed">Seed. Published: 77.</param>
    /// <returns>The images drawn, in random order.</returns>
    /// <exception cref="CassInputException">The fraction is out of range or leaves no image.</exception>
    public ImageDataset Sample(double fraction, long seed = 77) => Subset(RandomSample.Draw(Count, SampleSize(fraction), seed));

    /// <summary>Draws a fraction of the images that keeps the shares of the classes.</summary>
    /// <param name="fraction">Share of the images, in (0, 1].</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <returns>The images drawn, in random order.</returns>
    /// <exception cref="CassInputException">The fraction is out of range or leaves fewer images than classes; a class has one image only; or images have several labels.</exception>
    public ImageDataset SampleStratified(double fraction, long seed = 77) => Subset(StratifiedSample.Draw(StratificationLabels(), SampleSize(fraction), seed, Labels.Names));

    /// <summary>Splits the images at random so that every group, such as a patient, is on one side: scikit-learn's <c>GroupShuffleSplit</c>.</summary>
    /// <param name="testFraction">Share of the groups of the test part, in (0, 1); their number is rounded up.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <param name="stratify">
    /// Whether both parts keep the shares of the classes, a group counting as one of the class that most of its images have:
    /// <see cref="StratifiedGroupShuffleSplit"/>. Where each image is a group of its own, that is the stratified <see cref="Split"/>.
    /// </param>
    /// <returns>The part to train on and the part to test on; without stratification in the order of this dataset.</returns>
    /// <exception cref="CassInputException">The images have no groups; the fraction is out of range or leaves a part empty; or a stratified split is impossible.</exception>
    public (ImageDataset Train, ImageDataset Test) SplitByGroup(double testFraction = 0.2, long seed = 77, bool stratify = false)
    {
        var ids = RequiredGroupIds();
        var split = stratify
            ? StratifiedGroupShuffleSplit.Split(ids, StratificationLabels(), testFraction, seed, Labels.Names)
            : GroupShuffleSplit.Split(ids, testFraction, seed);
        return (Subset(split.Train), Subset(split.Test));
    }

    /// <summary>Divides the images into folds for cross-validation: scikit-learn's <c>KFold</c> or <c>StratifiedKFold</c>, shuffled.</summary>
    /// <param name="folds">Number of folds, at least 2.</param>
    /// <param name="seed">Seed to shuffle with, from 0 to 2³² − 1; null leaves the images in order.</param>
    /// <param name="stratify">Whether all folds keep the shares of the classes. A class with fewer images than there are folds is missing in some, and a warning in <see cref="Warnings"/> of all.</param>
    /// <returns>For each fold, the images outside of it to train on and those in it to test on.</returns>
    /// <exception cref="CassInputException">There are too few images; or stratification is impossible.</exception>
    public IReadOnlyList<(ImageDataset Train, ImageDataset Test)> KFolds(int folds, long? seed = 77, bool stratify = false) =>
        stratify
            ? WithRareClasses(folds).Folds(StratifiedKFold.Split(StratificationLabels(), folds, seed))
            : Folds(KFold.Split(Count, folds, seed));

    /// <summary>Divides the images into folds for cross-validation so that every group, such as a patient, is in one fold.</summary>
    /// <param name="folds">Number of folds, from 2 to the number of groups.</param>
    /// <returns>For each fold, the images outside of it to train on and those in it to test on.</returns>
    /// <exception cref="CassInputException">The images have no groups; or there are too few.</exception>
    public IReadOnlyList<(ImageDataset Train, ImageDataset Test)> KFoldsByGroup(int folds) => Folds(GroupKFold.Split(RequiredGroupIds(), folds));

    private (ImageDataset Train, ImageDataset Test)[] Folds(IReadOnlyList<IndexSplit> splits) =>
        [.. splits.Select(split => (Subset(split.Train), Subset(split.Test)))];

    /// <summary>The same images with a warning of classes that cannot be in every fold.</summary>
    private ImageDataset WithRareClasses(int folds)
    {
        string[] rare =
        [
            .. Enumerable.Range(0, Labels.Count).Where(id => ClassCounts[id] > 0 && ClassCounts[id] < folds)
                .Select(id => $"The class '{Labels[id]}' has {ClassCounts[id]:N0} images for {folds} folds: {folds - ClassCounts[id]} of them test without it. Add images of it, or divide into at most {Math.Max(2, ClassCounts[id])}."),
        ];
        return rare.Length == 0 ? this : WithWarnings(rare);
    }

    private int[] RequiredGroupIds() => groups is not null
        ? GroupIds()
        : throw new CassInputException($"These images have no groups; name the column of patients in {nameof(CsvManifestOptions)}.{nameof(CsvManifestOptions.GroupColumn)}, set {nameof(ImageFolderOptions)}.{nameof(ImageFolderOptions.Group)}, or give them with {nameof(WithGroups)}.");

    /// <summary>The group of every image, where there are groups.</summary>
    private int[] GroupIds()
    {
        var ids = new int[Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = groups!.Ids[RowOf(i)];
        }

        return ids;
    }

    private int SampleSize(double fraction)
    {
        if (!(fraction is > 0 and <= 1))
        {
            throw new CassInputException($"The fraction of the images to keep is {fraction}; it must be above 0 and at most 1, such as 0.1.");
        }

        var size = (int)(Count * fraction);
        return size > 0
            ? size
            : throw new CassInputException($"A fraction of {fraction} of {Count} images keeps none; use at least {1.0 / Count:0.####}.");
    }

    /// <summary>The class of every image, for splits that keep the shares of the classes.</summary>
    private int[] StratificationLabels()
    {
        RequireClasses();
        if (IsMultiLabel)
        {
            throw new CassInputException("A stratified split needs one label per image; these images may have several. Split without stratification, or by group.");
        }

        var result = new int[Count];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = RequiredLabels.Span(RowOf(i))[0];
        }

        return result;
    }
}
