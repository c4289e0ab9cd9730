namespace Cass.Data;

/// <summary>
/// What one image goes through on a device: geometric changes, composed into one, and changes of pixel values, up to each tensor transform and
/// after it. Positions are measured from the upper left corner of the image, in pixels; a pixel's centre is at one half.
/// </summary>
internal sealed class ImagePlan
{
    private readonly List<ImagePlanSegment> segments;

    public ImagePlan(int height, int width) => segments = [new ImagePlanSegment(height, width)];

    /// <summary>The parts, in order; the last has no end.</summary>
    public IReadOnlyList<ImagePlanSegment> Segments => segments;

    /// <summary>Height of the image at this point.</summary>
    public int Height => segments[^1].Height;

    /// <summary>Width of the image at this point.</summary>
    public int Width => segments[^1].Width;

    /// <summary>The changes of pixel values since the last tensor transform, in order.</summary>
    public List<PixelStep> Steps => segments[^1].Steps;

    /// <summary>Whether a step, and all within it, can be planned; else the one that cannot.</summary>
    public static IImageTransform? Unplanned(IImageTransform step) => step is ICompositeTransform composite
        ? composite.Steps.Select(Unplanned).FirstOrDefault(inner => inner is not null)
        : step is IPlannedTransform or ITensorTransform ? null : step;

    /// <summary>Adds what a step would do, drawing the same random numbers as when it does it.</summary>
    public void Add(IImageTransform step, Random random)
    {
        if (step is ITensorTransform tensors)
        {
            var (height, width) = (Height, Width);
            segments[^1].End = (tensors, tensors.Draw(random));
            segments.Add(new ImagePlanSegment(height, width));
        }
        else
        {
            ((IPlannedTransform)step).Plan(this, random);
        }
    }

    /// <summary>Adds a geometric change that maps positions of its result to positions of what was there before.</summary>
    public void Warp(ReadOnlySpan<double> change, int height, int width) => segments[^1].Warp(change, height, width);

    public void Warp(ReadOnlySpan<double> change) => Warp(change, Height, Width);
}
