using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of self-supervised pretraining, whatever the method. The defaults are those of <see cref="CassRecipe.Recommended"/>;
/// methods other than CASS were published with others, which <c>docs/methods.md</c> lists.
/// </summary>
public sealed class PretrainingOptions
{
    /// <summary>Passes over the images. Default 100, as published.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; set; } = 100;

    /// <summary>Number of images in a batch. Default 16, as published; larger ones use a GPU better, and need more epochs for as many steps.</summary>
    [Range(2, 65_536)]
    public int BatchSize { get; set; } = 16;

    /// <summary>
    /// The learning rate of every part of the method that has no schedule of its own. Default 1e-3 with a warm-up over a tenth of the run and one cosine over the
    /// rest; as published, 1e-3 with a cosine that restarts every 32 batches.
    /// </summary>
    [Required]
    public LearningRateOptions LearningRate { get; set; } = new();

    /// <summary>The optimiser, one for each part of the method, such as each network of CASS. Default AdamW with a weight decay of 0.05; Adam without as published.</summary>
    [Required]
    public OptimizerOptions Optimizer { get; set; } = new();

    /// <summary>
    /// Share of the images that is used, drawn as Python's <c>random.sample</c> does: with the same seed the same images as
    /// <see cref="FineTuningOptions.LabelFraction"/> draws, unless that is stratified by labels, which pretraining does not see. Default 1: all, since pretraining needs no labels; the published
    /// runs on 10 % of the labels pretrain on those 10 % too.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double ImageFraction { get; set; } = 1;

    /// <summary>
    /// Whether pretraining stops at the end of an epoch in which the networks have collapsed, since going on teaches them
    /// nothing. Default false: a warning is logged.
    /// </summary>
    public bool StopWhenCollapsed { get; set; }

    /// <summary>
    /// Whether training moves the weights. Default true. In the authors' first release the optimisers hold other networks
    /// than those that are trained, so that nothing changes but the running statistics of batch norms: false does the same,
    /// without computing gradients.
    /// </summary>
    public bool UpdateWeights { get; set; } = true;

    /// <summary>Whether gradients are cleared before each step. Default true; the published notebook never does.</summary>
    public bool ClearGradients { get; set; } = true;

    /// <summary>
    /// Whether an epoch's logged loss is that of its last batch in place of the mean. Default false; the published
    /// notebook does so.
    /// </summary>
    public bool LogLossOfLastBatch { get; set; }

    /// <summary>
    /// Whether the last incomplete batch of an epoch is left out. Default true, since batch statistics, and losses over the batch, suffer
    /// from a small one; the log says how many images an epoch leaves out, others each time.
    /// </summary>
    public bool DropLast { get; set; } = true;

    /// <summary>How images reach the networks.</summary>
    [Required]
    public LoadingOptions Loading { get; set; } = new();
}
