using TorchSharp.Modules;
using static TorchSharp.torch.nn;

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
        return part.Groups is null ? Groups(part.Modules, decay) : part.Groups(decay);
    }

    /// <summary>Makes the optimiser of a network whose early stages learn more slowly.</summary>
    public static IOptimizer Create(Backbone network, OptimizerOptions options, double learningRate, double layerDecay) => layerDecay == 1
        ? Create(Groups([network], options.WeightDecay), options, learningRate)
        : Create(ParameterGroup.ByStage(network, options.WeightDecay, layerDecay), options, learningRate);

    /// <summary>The groups of modules that sort their parameters by weight decay alone; names begin with a module's number.</summary>
    public static IReadOnlyList<ParameterGroup> Groups(IReadOnlyList<Module> modules, double weightDecay)
    {
        var named = new List<KeyValuePair<string, Parameter>>();
        var exempt = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < modules.Count; i++)
        {
            foreach (var (name, parameter) in modules[i].named_parameters())
            {
                if (parameter.requires_grad)
                {
                    named.Add(new($"{i}.{name}", parameter));
                }
            }

            if (modules[i] is Backbone backbone)
            {
                exempt.UnionWith(backbone.NoWeightDecay.Select(name => $"{i}.{name}"));
            }
        }

        return ParameterGroup.WithoutDecayForVectors(named, weightDecay, exempt);
    }

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
