using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// Runs the random part of a pipeline on whole batches, on the device they are on, where the loader's threads cannot
/// keep up. For the same seed, epoch, image and view it draws the same parameters as <see cref="ImageLoader"/> does for
/// the whole pipeline. The results are close but not equal: the geometric steps of each image are composed into one
/// bilinear resampling that comes before the changes of colour, and values are not rounded to 256 levels in between. An
/// <see cref="ITensorTransform"/> stays in its place, is given 256 levels, and runs image by image.
/// </summary>
public sealed class DevicePipeline
{
    private readonly IImageTransform[][] stages;
    private readonly ChannelStatistics normalization;

    /// <summary>Divides a pipeline into the steps for the loader and those for the device.</summary>
    /// <param name="pipeline">
    /// A pipeline of three channels that begins with steps that are the same at every time, such as <see cref="Resize"/>, and
    /// goes on with random ones of this package or <see cref="ITensorTransform"/>s.
    /// </param>
    /// <exception cref="CassInputException">The pipeline does not begin with a fixed size, has one channel, or has a random step of another kind.</exception>
    public DevicePipeline(ImagePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        if (pipeline.OutputChannels != 3)
        {
            throw new CassInputException($"A pipeline of {pipeline.OutputChannels} channel cannot run on a device; run it on the loader's threads.");
        }

        var fixedSteps = pipeline.Sequence.CacheableSteps;
        var preparation = pipeline.Transforms.Take(fixedSteps).ToArray();
        if (!preparation.OfType<ISizedTransform>().Any())
        {
            throw new CassInputException($"A pipeline for a device must begin with a step that gives all images one size; begin with a {nameof(Resize)}.");
        }

        IImageTransform[] random = [.. Flatten(pipeline.Transforms.Skip(fixedSteps))];
        if (random.Select(ImagePlan.Unplanned).FirstOrDefault(step => step is not null) is { } other)
        {
            throw new CassInputException($"The step {other.GetType().Name} cannot run on a device; run the pipeline on the loader's threads.");
        }

        stages = [.. Stages(random)];
        Preparation = new ImagePipeline(preparation, new ChannelStatistics([0, 0, 0], [1, 1, 1]));
        normalization = pipeline.Normalization;
    }

    /// <summary>The steps for the loader: what comes before the first random step, without normalisation.</summary>
    public ImagePipeline Preparation { get; }

    /// <summary>Runs the random steps and normalises.</summary>
    /// <param name="images">Float [batch, 3, height, width] in [0, 1], as a loader with <see cref="Preparation"/> gives them, on any device.</param>
    /// <param name="indices">The images' positions in the dataset, <see cref="ImageBatch.Indices"/>.</param>
    /// <param name="epoch">Number of the epoch.</param>
    /// <param name="seed">Seed, as of <see cref="ImageLoaderOptions.Seed"/>.</param>
    /// <param name="view">Number of the view: another one has other random parameters.</param>
    /// <returns>Float [batch, 3, height, width], normalised, on the same device.</returns>
    /// <exception cref="ArgumentException">The images' shape does not fit.</exception>
    public Tensor Apply(Tensor images, IReadOnlyList<int> indices, int epoch, long seed = 77, int view = 0)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(indices);
        if (images.dim() != 4 || images.shape[0] != indices.Count || images.shape[1] != 3 || images.shape[2] != Preparation.OutputHeight || images.shape[3] != Preparation.OutputWidth)
        {
            throw new ArgumentException($"The images are [{string.Join(", ", images.shape)}]; they must be [{indices.Count}, 3, {Preparation.OutputHeight}, {Preparation.OutputWidth}].", nameof(images));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var current = images;
        foreach (var plans in Draw(indices, epoch, seed, view))
        {
            current = Run(current, plans);
        }

        var mean = tensor(normalization.Mean.ToArray(), [1, 3, 1, 1]).to(images.dtype, images.device);
        var std = tensor(normalization.Std.ToArray(), [1, 3, 1, 1]).to(images.dtype, images.device);
        return ((current - mean) / std).MoveToOuterDisposeScope();
    }

    /// <summary>The steps, those of a <see cref="Compose"/> one by one.</summary>
    private static IEnumerable<IImageTransform> Flatten(IEnumerable<IImageTransform> steps) =>
        steps.SelectMany(step => step is Compose composite ? Flatten(composite.Steps) : [step]);

    /// <summary>
    /// Divides the steps so that one with a tensor transform is alone: where it is done to some images only, all go on together.
    /// </summary>
    private static List<IImageTransform[]> Stages(IEnumerable<IImageTransform> steps)
    {
        var divided = new List<IImageTransform[]>();
        var open = new List<IImageTransform>();
        foreach (var step in steps)
        {
            if (!HasTensors(step))
            {
                open.Add(step);
                continue;
            }

            divided.Add([.. open]);
            divided.Add([step]);
            open.Clear();
        }

        divided.Add([.. open]);
        return divided;
    }

    private static bool HasTensors(IImageTransform step) => step is ITensorTransform || (step is ICompositeTransform composite && composite.Steps.Any(HasTensors));

    /// <summary>Draws the plans of all images, stage by stage.</summary>
    private ImagePlan[][] Draw(IReadOnlyList<int> indices, int epoch, long seed, int view)
    {
        var generator = new Xoshiro256Random();
        ImagePlan[][] plans = [.. stages.Select(_ => new ImagePlan[indices.Count])];
        for (var i = 0; i < indices.Count; i++)
        {
            ImageLoader.Seed(generator, seed, epoch, indices[i], view);
            var (height, width) = (Preparation.OutputHeight, Preparation.OutputWidth);
            for (var stage = 0; stage < stages.Length; stage++)
            {
                var plan = plans[stage][i] = new ImagePlan(height, width);
                foreach (var step in stages[stage])
                {
                    plan.Add(step, generator);
                }

                (height, width) = (plan.Height, plan.Width);
            }
        }

        return plans;
    }

    private static Tensor Run(Tensor images, ImagePlan[] plans)
    {
        var current = images;
        for (var part = 0; part < plans.Max(plan => plan.Segments.Count); part++)
        {
            var (height, width) = ((int)current.size(2), (int)current.size(3));
            ImagePlanSegment[] segments = [.. plans.Select(plan => part < plan.Segments.Count ? plan.Segments[part] : new ImagePlanSegment(height, width))];
            if (!Array.TrueForAll(segments, segment => IsUnmoved(segment, height, width)))
            {
                current = BatchWarp.Apply(current, segments);
            }

            if (Array.Exists(segments, segment => segment.Steps.Count > 0))
            {
                current = BatchColor.Apply(current, segments);
            }

            current = TensorSteps.Apply(current, segments);
        }

        return current;
    }

    private static bool IsUnmoved(ImagePlanSegment segment, int height, int width) =>
        segment.Height == height && segment.Width == width && segment.Matrix.SequenceEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
}
