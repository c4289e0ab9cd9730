using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// Runs the random part of a pipeline on whole batches, on the device they are on, where the loader's threads cannot
/// keep up. For the same seed, epoch, image and view it draws the same parameters as <see cref="ImageLoader"/> does for
/// the whole pipeline. The results are close but not equal: the geometric steps of each image are composed into one
/// bilinear resampling that comes before the changes of colour, and values are not rounded to 256 levels in between.
/// </summary>
public sealed class DevicePipeline
{
    private readonly IPlannedTransform[] random;
    private readonly ChannelStatistics normalization;

    /// <summary>Divides a pipeline into the steps for the loader and those for the device.</summary>
    /// <param name="pipeline">
    /// A pipeline of three channels that begins with steps that are the same at every time, such as <see cref="Resize"/>, and
    /// goes on with random ones of this package.
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

        random =
        [
            .. pipeline.Transforms.Skip(fixedSteps).Select(step => Unplanned(step) is { } other
                ? throw new CassInputException($"The step {other.GetType().Name} cannot run on a device; run the pipeline on the loader's threads.")
                : (IPlannedTransform)step),
        ];
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
        var plans = Draw(indices, epoch, seed, view);
        var current = plans.All(IsUnmoved) ? images : BatchWarp.Apply(images, plans);
        if (plans.Exists(p => p.Steps.Count > 0))
        {
            current = BatchColor.Apply(current, plans);
        }

        var mean = tensor(normalization.Mean.ToArray(), [1, 3, 1, 1]).to(images.dtype, images.device);
        var std = tensor(normalization.Std.ToArray(), [1, 3, 1, 1]).to(images.dtype, images.device);
        return ((current - mean) / std).MoveToOuterDisposeScope();
    }

    /// <summary>The step itself, or one within it, that cannot run on a device; null where all can.</summary>
    private static IImageTransform? Unplanned(IImageTransform step) => step is ICompositeTransform composite
        ? composite.Steps.Select(Unplanned).FirstOrDefault(inner => inner is not null)
        : step is IPlannedTransform ? null : step;

    private List<ImagePlan> Draw(IReadOnlyList<int> indices, int epoch, long seed, int view)
    {
        var generator = new Xoshiro256Random();
        var plans = new List<ImagePlan>(indices.Count);
        foreach (var index in indices)
        {
            ImageLoader.Seed(generator, seed, epoch, index, view);
            var plan = new ImagePlan(Preparation.OutputHeight, Preparation.OutputWidth);
            foreach (var step in random)
            {
                step.Plan(plan, generator);
            }

            plans.Add(plan);
        }

        return plans;
    }

    private bool IsUnmoved(ImagePlan plan) =>
        plan.Height == Preparation.OutputHeight && plan.Width == Preparation.OutputWidth && plan.Matrix.SequenceEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
}
