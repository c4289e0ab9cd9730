namespace Cass.Data;

/// <summary>Several steps as one: torchvision's <c>Compose</c>.</summary>
public sealed class Compose : ICompositeTransform, IPlannedTransform
{
    private readonly TransformSequence sequence;

    /// <summary>Creates the step.</summary>
    /// <param name="transforms">The steps, in order.</param>
    public Compose(params IEnumerable<IImageTransform> transforms) => sequence = new TransformSequence(transforms);

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<IImageTransform> Steps => sequence.Steps;

    /// <inheritdoc/>
    public bool PreservesGray => sequence.PreservesGray;

    /// <inheritdoc/>
    public string? CacheKey => sequence.CacheableSteps == Steps.Count ? sequence.CacheKey : null;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random) => sequence.Apply(image, random);

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        foreach (var step in Steps)
        {
            plan.Add(step, random);
        }
    }
}
