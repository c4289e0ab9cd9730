namespace Cass.Training;

/// <summary>The views of an image whose probabilities are averaged in prediction.</summary>
public enum TestTimeAugmentation
{
    /// <summary>The image as it is.</summary>
    None,

    /// <summary>The image and its mirror image, left to right: twice the work.</summary>
    HorizontalFlip,

    /// <summary>The image, mirrored left to right, top to bottom, and both: four times the work.</summary>
    Flips,
}
