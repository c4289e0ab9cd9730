using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>Makes the optimiser of a set of modules.</summary>
internal static class OptimizerFactory
{
    public static IOptimizer Create(IReadOnlyList<Module> modules, OptimizerOptions options, double learningRate)
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

        return Create(ParameterGroup.WithoutDecayForVectors(named, options.WeightDecay, exempt), options, learningRate);
    }

    /// <summary>Makes the optimiser of a network whose early stages learn more slowly.</summary>
    public static IOptimizer Create(Backbone network, OptimizerOptions options, double learningRate, double layerDecay) => layerDecay == 1
        ? Create([network], options, learningRate)
        : Create(ParameterGroup.ByStage(network, options.WeightDecay, layerDecay), options, learningRate);

    private static IOptimizer Create(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, double learningRate)
    {
        return options.Kind switch
        {
            OptimizerKind.Sgd => new MomentumSgd(groups, learningRate, options.Momentum),
            OptimizerKind.Lars => new Lars(groups, learningRate, options.Momentum),
            _ => new FusedAdam(groups, new AdamSettings(learningRate, options.Beta1, options.Beta2, options.Epsilon, options.Kind == OptimizerKind.AdamW)),
        };
    }
}
