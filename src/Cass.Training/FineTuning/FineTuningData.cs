using Cass.Data;

namespace Cass.Training;

/// <summary>The images of a fine-tuning.</summary>
/// <param name="Images">What is trained on.</param>
/// <param name="All">What they are a part of, which validation images are compared with.</param>
/// <param name="Validation">What the best epoch is chosen by; null for none.</param>
/// <param name="Title">What is done with them, at the beginning of a sentence.</param>
/// <param name="Phase">What the record of the run calls it.</param>
internal sealed record FineTuningData(ImageDataset Images, ImageDataset All, ImageDataset? Validation, string Title, string Phase)
{
    /// <summary>What all processes are to have alike.</summary>
    public IReadOnlyList<ImageListing> Listings => [ImageListing.Of("training", Images), .. Validation is null ? [] : new[] { ImageListing.Of("validation", Validation) }];
}
