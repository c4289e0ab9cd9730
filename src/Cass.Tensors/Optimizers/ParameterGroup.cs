using TorchSharp.Modules;

namespace Cass.Tensors;

/// <summary>Parameters that share a weight decay and a scale of the learning rate.</summary>
/// <param name="Parameters">The parameters, with names that are unique over all groups of an optimiser.</param>
/// <param name="WeightDecay">Weight decay, at least 0.</param>
/// <param name="LearningRateScale">What the optimiser's learning rate is multiplied with, at least 0; 1 by default.</param>
public sealed record ParameterGroup(
    IReadOnlyList<KeyValuePair<string, Parameter>> Parameters,
    double WeightDecay = 0,
    double LearningRateScale = 1)
{
    /// <summary>
    /// Splits a network's parameters by <see cref="Backbone.LayerGroups"/>, each layer's rate smaller than that of the one after it by
    /// <paramref name="layerDecay"/> (Clark et al. 2020, arXiv 2003.10555; timm's <c>param_groups_layer_decay</c>), and by
    /// <see cref="WithoutDecayForVectors"/> with <see cref="Backbone.NoWeightDecay"/>. Parameters without gradient are left
    /// out.
    /// </summary>
    /// <param name="network">The network; its last layer has the whole rate.</param>
    /// <param name="weightDecay">Weight decay of those that decay.</param>
    /// <param name="layerDecay">Factor from layer to layer towards the input, in (0, 1].</param>
    /// <returns>The groups that have parameters.</returns>
    public static IReadOnlyList<ParameterGroup> ByLayer(Backbone network, double weightDecay, double layerDecay)
    {
        ArgumentNullException.ThrowIfNull(network);
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var layers = network.LayerGroups;
        var exempt = network.NoWeightDecay;
        return
        [
            .. layers.SelectMany((layer, depth) =>
                WithoutDecayForVectors(
                    layer.ParameterNames.Where(name => parameters[name].requires_grad).Select(name => KeyValuePair.Create(name, parameters[name])),
                    weightDecay,
                    exempt)
                .Where(group => group.Parameters.Count > 0)
                .Select(group => group with { LearningRateScale = Math.Pow(layerDecay, layers.Count - 1 - depth) })),
        ];
    }

    /// <summary>
    /// Splits a network's parameters: matrices and kernels decay; biases, norms and other vectors do not, nor do those
    /// that are exempt, as is usual for AdamW (timm's <c>param_groups_weight_decay</c>).
    /// </summary>
    /// <param name="parameters">Parameters by name.</param>
    /// <param name="weightDecay">Weight decay of those that decay.</param>
    /// <param name="exempt">Names of parameters that do not decay whatever their shape, as in <see cref="Backbone.NoWeightDecay"/>; null for none.</param>
    /// <returns>One group, or two where the decay is not 0.</returns>
    public static IReadOnlyList<ParameterGroup> WithoutDecayForVectors(
        IEnumerable<KeyValuePair<string, Parameter>> parameters,
        double weightDecay,
        IReadOnlySet<string>? exempt = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var all = parameters.ToList();
        if (weightDecay == 0)
        {
            return [new(all)];
        }

        var decaying = all.ToLookup(p => p.Value.dim() > 1 && exempt?.Contains(p.Key) != true);
        return [new([.. decaying[true]], weightDecay), new([.. decaying[false]])];
    }
}
