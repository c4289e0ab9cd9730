namespace Cass.Data;

/// <summary>
/// One step of a pipeline, fixed or random. Implementations keep no state between images: they are called from
/// several threads at once.
/// </summary>
public interface IImageTransform
{
    /// <summary>
    /// Whether a greyscale image gives the same pixels as one channel and as three equal ones. Where all steps say so,
    /// a pipeline works on one channel as long as an image is grey. Default false: the step always gets three channels.
    /// </summary>
    bool PreservesGray => false;

    /// <summary>
    /// What identifies the step and its settings in a cache of prepared images, where it is the same for every image
    /// and epoch; null where it is random. Default null.
    /// </summary>
    string? CacheKey => null;

    /// <summary>Applies the step.</summary>
    /// <param name="image">The image, which is not changed nor kept: its buffer is used again.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>A new image, or the given one.</returns>
    PixelImage Apply(PixelImage image, Random random);
}
