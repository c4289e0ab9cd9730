using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>The optimiser of a network and its settings.</summary>
public sealed class OptimizerOptions
{
    /// <summary>The rule. Default <see cref="OptimizerKind.AdamW"/>; Adam as published.</summary>
    public OptimizerKind Kind { get; set; } = OptimizerKind.AdamW;

    /// <summary>
    /// Weight decay of matrices and kernels; biases, norms and what a network exempts (<see cref="Backbone.NoWeightDecay"/>:
    /// position embeddings, class tokens) never decay, except in <see cref="DinoMethod"/>, whose authors exempt biases and norms alone. Default 0.05; 0 as published.
    /// </summary>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; set; } = 0.05;

    /// <summary>Decay β₁ of the mean of the gradients, of Adam and AdamW. Default 0.9.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay β₂ of the mean of their squares, of Adam and AdamW. Default 0.999.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; set; } = 0.999;

    /// <summary>ε, added to the root of the second moment, of Adam and AdamW. Default 1e-8.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Momentum of SGD and LARS. Default 0.9.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Momentum { get; set; } = 0.9;

    /// <summary>
    /// Trust coefficient η of LARS, which each tensor's rate is in proportion to. Default 0.001, with which
    /// BYOL, SimCLR, MoCo v3, VICReg and Barlow Twins were published; EMP-SSL with 0.005. Of LARS only.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double TrustCoefficient { get; set; } = 0.001;

    /// <summary>
    /// Largest norm of all gradients of a network together; larger ones are scaled down to it (Pascanu et al. 2013).
    /// Default 0: none is.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double GradientClipNorm { get; set; }

    /// <summary>Batches whose gradients are averaged before each step. Default 1.</summary>
    [Range(1, 100_000)]
    public int AccumulateBatches { get; set; } = 1;
}
