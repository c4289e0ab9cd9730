namespace Cass.Data;

/// <summary>
/// An image on its way through steps, and whether its pixels are a buffer that nobody else refers to: the one place that
/// decides when a buffer may be used again.
/// </summary>
internal sealed class PixelLease
{
    /// <summary>Begins with an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="isOwned">Whether nobody else refers to its pixels; false for what a caller has given.</param>
    public PixelLease(PixelImage image, bool isOwned)
    {
        Image = image;
        IsOwned = isOwned;
    }

    /// <summary>The image as it is now.</summary>
    public PixelImage Image { get; private set; }

    /// <summary>Whether nobody else refers to its pixels.</summary>
    public bool IsOwned { get; private set; }

    /// <summary>Goes on with what a step made of the image; the former pixels may be used again, unless others refer to them.</summary>
    /// <param name="next">What the step made: the same image, or one with pixels of its own.</param>
    /// <param name="isOwnStep">Whether the step neither keeps its argument nor returns pixels that are used elsewhere.</param>
    public void Become(PixelImage next, bool isOwnStep = true)
    {
        if (!ReferenceEquals(next.Pixels, Image.Pixels))
        {
            if (IsOwned && isOwnStep)
            {
                PixelBuffers.Return(Image.Pixels);
            }

            IsOwned = isOwnStep;
        }
        else
        {
            IsOwned &= isOwnStep;
        }

        Image = next;
    }

    /// <summary>Lets the pixels be used again, unless others refer to them. The image is not to be used afterwards.</summary>
    public void Return()
    {
        if (IsOwned)
        {
            PixelBuffers.Return(Image.Pixels);
            IsOwned = false;
        }
    }
}
