using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Everything that a <see cref="CassTrainer"/> is set up with. Binds from configuration. The trainer copies it when it is
/// built; later changes have no effect on it.
/// </summary>
public sealed class CassOptions : RunOptions
{
    /// <summary>The convolutional network. Default <c>resnet50</c>, as published.</summary>
    [Required]
    public NetworkOptions Cnn { get; set; } = new() { Name = "resnet50" };

    /// <summary>The vision transformer. Default <c>vit_base_patch16_384</c>, as published.</summary>
    [Required]
    public NetworkOptions Transformer { get; set; } = new() { Name = "vit_base_patch16_384" };

    /// <summary>Settings of CASS itself: how the two networks learn from one another.</summary>
    [Required]
    public CassMethodOptions Method { get; set; } = new();

    /// <summary>Settings of self-supervised pretraining, by whatever method.</summary>
    [Required]
    public PretrainingOptions Pretraining { get; set; } = new();

    /// <summary>Settings of fine-tuning.</summary>
    [Required]
    public FineTuningOptions FineTuning { get; set; } = new();
}
