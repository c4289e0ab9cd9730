using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>Modules that share an optimiser: in CASS, one network with what is attached to it.</summary>
/// <param name="Name">What the part is called in logs and checkpoints, such as <c>cnn</c>; unique within a method.</param>
/// <param name="Modules">The modules whose parameters are trained.</param>
public sealed record TrainablePart(string Name, IReadOnlyList<Module> Modules)
{
    /// <summary>
    /// Modules that the method moves by itself, such as a momentum teacher: no optimiser touches them, but checkpoints
    /// hold them, and they are in training mode while the run is. Default: none.
    /// </summary>
    public IReadOnlyList<Module> Teachers { get; init; } = [];

    /// <summary>
    /// The learning rate of the part at a step. Default null: the run's own, <see cref="TrainingStep.LearningRate"/>. A part at
    /// a constant rate, such as SimSiam's predictor, gives <see cref="TrainingStep.PeakLearningRate"/>.
    /// At least 0; what is not, or not finite, ends the run.
    /// </summary>
    public Func<TrainingStep, double>? LearningRate { get; init; }

    /// <summary>
    /// The weight decay of the part at a step, of those parameters that decay. Default null: that of
    /// <see cref="OptimizerOptions.WeightDecay"/> throughout. At least 0; what is not, or not finite, ends the run.
    /// </summary>
    public Func<TrainingStep, double>? WeightDecay { get; init; }

    /// <summary>
    /// Sorts the parameters into groups by a weight decay: those that decay get it, others 0, and each group may scale the
    /// learning rate. Names are unique within the part, and stay the same. Default null: as <see cref="OptimizerOptions.WeightDecay"/>
    /// says, for all parameters of <see cref="Modules"/> that require a gradient.
    /// </summary>
    public Func<double, IReadOnlyList<ParameterGroup>>? Groups { get; init; }
}
