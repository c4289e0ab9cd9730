using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>Groups of the parameters of modules.</summary>
internal static class ModuleGroups
{
    /// <summary>The groups of modules that sort their parameters by weight decay alone; names begin with a module's number.</summary>
    public static IReadOnlyList<ParameterGroup> ByDecay(IReadOnlyList<Module> modules, double weightDecay)
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
}
