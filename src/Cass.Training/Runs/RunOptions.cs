using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// What pretraining and fine-tuning have in common: the images, the device, the numbers, and what is kept of a run. Whoever is
/// built with it copies it; later changes have no effect.
/// </summary>
public class RunOptions : IRelatedSettings
{
    /// <summary>The form in which images reach the networks.</summary>
    [Required]
    public ImageOptions Images { get; set; } = new();

    /// <summary>Where to train: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default <c>auto</c>.</summary>
    [Required]
    public string Device { get; set; } = "auto";

    /// <summary>Seed of everything random, from 0 to 2³² − 1 as in NumPy. Default 77, as published. One seed gives one result on the CPU, bit for bit, unless <see cref="Precision"/> is measured.</summary>
    [Range(typeof(long), "0", "4294967295")]
    public long Seed { get; set; } = 77;

    /// <summary>
    /// The numbers that networks compute with in training. Default <see cref="NumericPrecision.Float32"/>, with which one seed gives one result;
    /// <see cref="NumericPrecision.Auto"/> measures which are faster, and may find otherwise another time.
    /// </summary>
    public NumericPrecision Precision { get; set; } = NumericPrecision.Float32;

    /// <summary>
    /// Whether convolutions keep their channels last in memory, which is faster on most devices and changes results by
    /// rounding only. Default true; without effect in 64 bits.
    /// </summary>
    public bool ChannelsLast { get; set; } = true;

    /// <summary>
    /// Whether two networks compute at the same time on a processor, each with half of the threads: those of CASS in pretraining, and those that are fine-tuned by one call. It is
    /// faster for small images and batches, whose operations are too short to divide, and the same but for rounding. Default true: where the networks are about equal in work and
    /// draw no random numbers (dropout, stochastic depth), blocks are not computed anew, and one process trains; the log says which. False: always one after the other.
    /// </summary>
    public bool NetworksSideBySide { get; set; } = true;

    /// <summary>
    /// Whether training keeps of each block of a network only its input, and computes the rest anew in the backward pass:
    /// less memory for larger images or batches, about a third more time. Default false.
    /// </summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>
    /// Whether batch norms in training use the statistics of the images of all processes, where several train together (PyTorch's <c>SyncBatchNorm</c>):
    /// results are then those of one process. Default false: each process goes by its own images, which takes fewer messages; the running statistics that
    /// are kept are those of the first process. Without several processes it has no effect.
    /// </summary>
    public bool SynchronizedBatchNorm { get; set; }

    /// <summary>Settings of evaluations by the classifiers that fine-tuning returns.</summary>
    [Required]
    public EvaluationOptions Evaluation { get; set; } = new();

    /// <summary>How images that are scored on are compared with those that are trained on. Default: by their bytes, with a warning.</summary>
    [Required]
    public DuplicateCheckOptions DuplicateCheck { get; set; } = new();

    /// <summary>Where and how often a run is saved, to go on after a crash. Default: not at all.</summary>
    [Required]
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>Folder for TensorBoard event files; null for none.</summary>
    public string? TensorBoardFolder { get; set; }

    /// <summary>
    /// Folder for the record of the run: settings, environment, a hash of the images, every figure as CSV and as TensorBoard
    /// events. Null, the default, for none.
    /// </summary>
    public string? RecordFolder { get; set; }

    IEnumerable<string> IRelatedSettings.Failures(string path) =>
    [
        .. OptionsRules.BlankPath($"{path}TensorBoardFolder", TensorBoardFolder),
        .. OptionsRules.BlankPath($"{path}RecordFolder", RecordFolder),
    ];
}
