using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="MocoV3Method"/>. The defaults are those of the paper on ImageNet and of the authors' code, which
/// differ between vision transformers and convolutional networks: null means the one for the network's
/// <see cref="Backbone.Kind"/>. Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>):
/// published are, for transformers, AdamW at 1.5e-4 · batch size / 256 with 40 of 300 epochs of warm-up and a cosine, weight
/// decay 0.1; for ResNet-50, LARS at 0.6 (100 epochs) or 0.3 · batch size / 256 with 10 epochs of warm-up, weight decay 1e-6
/// (1.5e-6 in 1,000 epochs); batches of 4,096.
/// </summary>
public sealed class MocoV3MethodOptions
{
    /// <summary>
    /// Temperature τ that cosines are divided by. Default null: 0.2 for transformers, 1 for convolutional networks
    /// (<c>--moco-t</c> of the published runs).
    /// </summary>
    [Range(1e-3, 1e6)]
    public double? Temperature { get; set; }

    /// <summary>Layers of the projector. Default null: 3 for transformers, 2 for convolutional networks, as published (section 5).</summary>
    [Range(1, 10)]
    public int? ProjectorLayers { get; set; }

    /// <summary>Width of the hidden layers of projector and predictor. Default 4096, as published (section 5).</summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 4096;

    /// <summary>Width of the projections and of their predictions. Default 256, as published (section 5).</summary>
    [Range(2, 65_536)]
    public int ProjectionWidth { get; set; } = 256;

    /// <summary>
    /// Momentum of the momentum encoder at the first step; a cosine takes it to 1 at the last. Default 0.99, as published;
    /// 0.996 for ResNet-50 in 1,000 epochs.
    /// </summary>
    [Range(0.0, 1.0)]
    public double EncoderMomentum { get; set; } = 0.99;

    /// <summary>
    /// Whether a transformer's projection of patches stays as it was, random in a new network, which makes training stable.
    /// Default true, as published (section 4.2); convolutional networks are never frozen. Its parameters still require
    /// gradients, which are set to null before each step.
    /// </summary>
    public bool FreezePatchProjection { get; set; } = true;

    /// <summary>
    /// Smallest share of an image's area that a view shows; the largest is all of it. Default null: 0.08 for transformers, 0.2
    /// for convolutional networks (<c>--crop-min</c> of the published runs); of photographs, whose every part shows the object:
    /// for images where it does not, take more.
    /// </summary>
    [Range(0.01, 1.0)]
    public double? MinCropScale { get; set; }
}
