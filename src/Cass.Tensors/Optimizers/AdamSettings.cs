namespace Cass.Tensors;

/// <summary>Settings of <see cref="FusedAdam"/>; the defaults are PyTorch's.</summary>
/// <param name="LearningRate">Learning rate α, above 0.</param>
/// <param name="Beta1">Decay of the mean of the gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the mean of their squares, in [0, 1).</param>
/// <param name="Epsilon">Added to the root of the second moment, above 0.</param>
/// <param name="DecoupledWeightDecay">True for AdamW, false for Adam.</param>
public sealed record AdamSettings(
    double LearningRate = 1e-3,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8,
    bool DecoupledWeightDecay = false);
