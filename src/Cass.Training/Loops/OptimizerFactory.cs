namespace Cass.Training;

/// <summary>Makes the optimiser of a set of modules.</summary>
internal static class OptimizerFactory
{
    /// <summary>
    /// Makes the optimiser of a part. Where its weight decay follows a curve, that of the groups is 1, to be scaled by
    /// <see cref="IOptimizer.WeightDecayScale"/>.
    /// </summary>
    public static IOptimizer Create(TrainablePart part, OptimizerOptions options, double learningRate) => Create(GroupsOf(part, options), options, learningRate);

    /// <summary>The groups of a part's parameters.</summary>
    public static IReadOnlyList<ParameterGroup> GroupsOf(TrainablePart part, OptimizerOptions options)
    {
        var decay = part.WeightDecay is null ? options.WeightDecay : 1;
        return part.Groups is null ? ModuleGroups.ByDecay(part.Modules, decay) : part.Groups(decay);
    }

    /// <summary>Makes the optimiser of a network whose early stages learn more slowly.</summary>
    public static IOptimizer Create(Backbone network, OptimizerOptions options, double learningRate, double layerDecay) => layerDecay == 1
        ? Create(ModuleGroups.ByDecay([network], options.WeightDecay), options, learningRate)
        : Create(ParameterGroup.ByLayer(network, options.WeightDecay, layerDecay), options, learningRate);

    private static IOptimizer Create(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, double learningRate)
    {
        return options.Kind switch
        {
            OptimizerKind.Sgd => new MomentumSgd(groups, learningRate, options.Momentum),
            OptimizerKind.Lars => new Lars(groups, learningRate, options.Momentum, options.TrustCoefficient),
            _ => new FusedAdam(groups, new AdamSettings(learningRate, options.Beta1, options.Beta2, options.Epsilon, options.Kind == OptimizerKind.AdamW)),
        };
    }
}
