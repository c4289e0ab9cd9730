namespace Cass.Training;

/// <summary>How much each class counts in the loss.</summary>
public enum ClassWeighting
{
    /// <summary>All the same.</summary>
    None,

    /// <summary>Rare classes more: n / (classes · count), whose mean over the images is 1.</summary>
    InverseFrequency,

    /// <summary>
    /// As published: counts scaled to [0.2, 1], so that frequent classes count more. The counts are those of the training and
    /// validation images that fine-tuning is given, whatever share of the labels is used: the published ones where these are the two parts of the whole training
    /// folder. Where they are other images, give the weights by <see cref="FineTuningOptions.ClassWeights"/>.
    /// </summary>
    Published,
}
