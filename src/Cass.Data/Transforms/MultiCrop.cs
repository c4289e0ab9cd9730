namespace Cass.Data;

/// <summary>
/// The views of self-supervised methods that compare crops, of different sizes (SwAV, Caron et al. 2020; DINO, Caron et
/// al. 2021) or of one: a few large ones and, where wanted, several small ones.
/// </summary>
public static class MultiCrop
{
    /// <summary>Makes a pipeline for every view, the large ones first.</summary>
    /// <param name="globalViews">Number of large crops; DINO: 2.</param>
    /// <param name="globalCrop">The large crop; DINO: 224×224 of 40 to 100 % of the area, bicubic.</param>
    /// <param name="localViews">Number of small crops, 0 for none; DINO: 8.</param>
    /// <param name="localCrop">The small crop; DINO: 96×96 of 5 to 40 % of the area, bicubic.</param>
    /// <param name="augmentations">The steps after the crop of a view, by its number: 0, 1, … for the large ones, then the small ones.</param>
    /// <param name="statistics">What to normalise with.</param>
    /// <returns>One pipeline for each view, for <see cref="ImageLoader"/>.</returns>
    /// <exception cref="CassInputException">The numbers of views are out of range.</exception>
    public static IReadOnlyList<ImagePipeline> Views(
        int globalViews,
        RandomResizedCrop globalCrop,
        int localViews,
        RandomResizedCrop localCrop,
        Func<int, IEnumerable<IImageTransform>> augmentations,
        ChannelStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(globalCrop);
        ArgumentNullException.ThrowIfNull(localCrop);
        ArgumentNullException.ThrowIfNull(augmentations);
        if (globalViews < 1 || localViews < 0)
        {
            throw new CassInputException($"There are {globalViews} large and {localViews} small views; at least one large one is needed.");
        }

        return
        [
            .. Enumerable.Range(0, globalViews + localViews).Select(view => new ImagePipeline(
                [view < globalViews ? globalCrop : localCrop, .. augmentations(view)],
                statistics)),
        ];
    }

    /// <summary>
    /// DINO's augmentations (Caron et al. 2021, appendix; BYOL's, Grill et al. 2020, for the first two views): horizontal
    /// flip 0.5; colour jitter (0.4, 0.4, 0.2, 0.1) 0.8; greyscale 0.2; blur with σ 0.1 to 2 at 224 pixels and in
    /// proportion at other sizes, probability 1 for the first view, 0.1 for the second, 0.5 for all others; solarise 0.2 for
    /// the second.
    /// </summary>
    /// <param name="view">Number of the view.</param>
    /// <param name="size">Side of the view in pixels, for the width and the kernel of the blur.</param>
    /// <param name="globalViews">Number of large crops.</param>
    /// <returns>The steps after the crop.</returns>
    public static IEnumerable<IImageTransform> DinoAugmentations(int view, int size, int globalViews = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);

        var probability = view == 0 ? 1.0 : view == 1 && globalViews > 1 ? 0.1 : 0.5;
        IImageTransform[] steps =
        [
            new RandomHorizontalFlip(),
            new RandomApply([new ColorJitter(0.4, 0.4, 0.2, 0.1)], 0.8),
            new RandomGrayscale(0.2),
            new RandomApply([Blur(size)], probability),
        ];
        return view == 1 && globalViews > 1 ? [.. steps, new RandomSolarize(128, 0.2)] : steps;
    }

    /// <summary>
    /// SimCLR's augmentations (Chen et al. 2020, arXiv 2002.05709, appendix A): horizontal flip 0.5; colour jitter
    /// (0.8·s, 0.8·s, 0.8·s, 0.2·s) 0.8; greyscale 0.2; blur as in <see cref="DinoAugmentations"/> with probability 0.5. At
    /// a strength s of 0.5 they are those of MoCo v2 and SimSiam.
    /// </summary>
    /// <param name="size">Side of the view in pixels, at least 4, for the width and the kernel of the blur.</param>
    /// <param name="strength">Strength s of the colour jitter, 0 to 2.5; SimCLR: 1.</param>
    /// <returns>The steps after the crop.</returns>
    public static IEnumerable<IImageTransform> SimClrAugmentations(int size, double strength = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);
        return
        [
            new RandomHorizontalFlip(),
            new RandomApply([new ColorJitter(0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)], 0.8),
            new RandomGrayscale(0.2),
            new RandomApply([Blur(size)], 0.5),
        ];
    }

    /// <summary>
    /// EMP-SSL's augmentations (Tong et al. 2023, arXiv 2304.03977, as in the authors' code): horizontal flip 0.5; colour jitter
    /// (0.4, 0.4, 0.4, 0.2) 0.8; greyscale 0.2; blur as in <see cref="DinoAugmentations"/> with probability 0.1; solarise 0.1.
    /// </summary>
    /// <param name="size">Side of the view in pixels, at least 4, for the width and the kernel of the blur.</param>
    /// <returns>The steps after the crop.</returns>
    public static IEnumerable<IImageTransform> EmpSslAugmentations(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 4);
        return
        [
            new RandomHorizontalFlip(),
            new RandomApply([new ColorJitter(0.4, 0.4, 0.4, 0.2)], 0.8),
            new RandomGrayscale(0.2),
            new RandomApply([Blur(size)], 0.1),
            new RandomSolarize(128, 0.1),
        ];
    }

    /// <summary>Views of the published 224 pixels are blurred as published, smaller ones as if they had been scaled down afterwards.</summary>
    private static GaussianBlur Blur(int size)
    {
        var scale = size / 224.0;
        return new GaussianBlur(Math.Max(3, size / 10 | 1), (0.1 * scale, 2 * scale));
    }
}
