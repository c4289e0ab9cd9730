namespace Cass.Data;

/// <summary>Steps applied one after the other; their intermediate buffers are used again.</summary>
internal sealed class TransformSequence
{
    private readonly IImageTransform[] steps;
    private readonly bool[] isOwn;

    public TransformSequence(IEnumerable<IImageTransform> transforms)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        steps = [.. transforms];
        if (Array.Exists(steps, s => s is null))
        {
            throw new ArgumentException("A step of the pipeline is null.", nameof(transforms));
        }

        isOwn = [.. steps.Select(IsOwn)];
        PreservesGray = Array.TrueForAll(steps, s => s.PreservesGray);
        CacheableSteps = steps.TakeWhile(s => s.CacheKey is not null).Count();
        CacheKey = string.Join(", ", steps.Take(CacheableSteps).Select(s => s.CacheKey));
    }

    public IReadOnlyList<IImageTransform> Steps => steps;

    public bool PreservesGray { get; }

    /// <summary>Number of steps at the start that do the same at every time.</summary>
    public int CacheableSteps { get; }

    /// <summary>What identifies those.</summary>
    public string CacheKey { get; }

    /// <summary>Whether every buffer that the steps return may be used again.</summary>
    public bool ReturnsOwnBuffers => Array.TrueForAll(isOwn, own => own);

    /// <summary>Applies all steps. The given image stays as it is.</summary>
    public PixelImage Apply(PixelImage image, Random random)
    {
        var lease = new PixelLease(image, isOwned: false);
        Apply(lease, 0, steps.Length, random);
        return lease.Image;
    }

    /// <summary>Applies the steps from…to − 1.</summary>
    public void Apply(PixelLease lease, int from, int to, Random random)
    {
        for (var i = from; i < to; i++)
        {
            var next = steps[i].Apply(lease.Image, random)
                ?? throw new InvalidOperationException($"The transform {steps[i].GetType().Name} returned null.");
            lease.Become(next, isOwn[i]);
        }
    }

    /// <summary>
    /// Whether a step is of this package, and so neither keeps its argument nor returns a buffer that is used elsewhere.
    /// </summary>
    private static bool IsOwn(IImageTransform step) => step is ICompositeTransform composite
        ? composite.Steps.All(IsOwn)
        : step.GetType().Assembly == typeof(TransformSequence).Assembly;
}
