using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>Settings of self-supervised pretraining. The defaults are those of <see cref="CassRecipe.Recommended"/>.</summary>
public sealed class PretrainingOptions
{
    /// <summary>Passes over the images. Default 100, as published.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; set; } = 100;

    /// <summary>Images of a step. Default 16, as published; larger ones use a GPU better, and need more epochs for as many steps.</summary>
    [Range(2, 65_536)]
    public int BatchSize { get; set; } = 16;

    /// <summary>
    /// The learning rate of both networks. Default 1e-3 with a warm-up over a tenth of the run and one cosine over the
    /// rest; as published, 1e-3 with a cosine that restarts every 32 batches.
    /// </summary>
    [Required]
    public LearningRateOptions LearningRate { get; set; } = new();

    /// <summary>The optimiser, one for each network. Default AdamW with a weight decay of 0.05; Adam without as published.</summary>
    [Required]
    public OptimizerOptions Optimizer { get; set; } = new();

    /// <summary>
    /// Share of the images that is used, drawn as Python's <c>random.sample</c> does: with the same seed the same images as
    /// <see cref="FineTuningOptions.LabelFraction"/> draws. Default 1: all, since pretraining needs no labels; the published
    /// runs on 10 % of the labels pretrain on those 10 % too.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double ImageFraction { get; set; } = 1;

    /// <summary>What keeps the networks from collapse. Default <see cref="CollapseSafeguard.VarianceCovariance"/>; none as published.</summary>
    public CollapseSafeguard Safeguard { get; set; } = CollapseSafeguard.VarianceCovariance;

    /// <summary>Width of the projectors' two layers, with a safeguard. Default 512.</summary>
    [Range(8, 65_536)]
    public int ProjectorWidth { get; set; } = 512;

    /// <summary>
    /// Which outputs for one image are drawn together, with a safeguard and two views. Default
    /// <see cref="ComparedPairs.AcrossNetworksAndViews"/>.
    /// </summary>
    public ComparedPairs Pairs { get; set; } = ComparedPairs.AcrossNetworksAndViews;

    /// <summary>
    /// Momentum of the teachers at the first step, with <see cref="CollapseSafeguard.MomentumTeacher"/>; a cosine takes it
    /// to 1 at the last. Default 0.996, as in BYOL.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TeacherMomentum { get; set; } = 0.996;

    /// <summary>
    /// Whether pretraining stops at the end of an epoch in which the networks have collapsed, since going on teaches them
    /// nothing. Default false: a warning is logged.
    /// </summary>
    public bool StopWhenCollapsed { get; set; }

    /// <summary>How images are augmented. Default <see cref="PretrainingAugmentation.TwoViews"/>; one published view as published.</summary>
    public PretrainingAugmentation Augmentation { get; set; } = PretrainingAugmentation.TwoViews;

    /// <summary>
    /// Smallest share of an image's area that a view shows, with <see cref="PretrainingAugmentation.TwoViews"/>; the largest
    /// is all of it. Default 0.5; SimCLR takes 0.08, of photographs.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.5;

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
