using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// LARS (You, Gitman and Ginsburg 2017, arXiv 1708.03888, algorithm 1): momentum, where each tensor's update u = ∇ + λw
/// is scaled by η·‖w‖/‖u‖. Biases, norms and other vectors without weight decay follow plain momentum, as is usual.
/// </summary>
/// <param name="groups">The parameters; names are unique over all groups.</param>
/// <param name="learningRate">Learning rate, above 0.</param>
/// <param name="momentum">Momentum in [0, 1). Default 0.9.</param>
/// <param name="trust">The trust coefficient η, above 0. Default 0.001.</param>
/// <exception cref="ArgumentException">There is no parameter, or a name occurs twice.</exception>
public sealed class Lars(IEnumerable<ParameterGroup> groups, double learningRate, double momentum = 0.9, double trust = 0.001)
    : ParameterOptimizer(learningRate, ParameterSlots.Create(groups, ("mu", p => zeros_like(p))))
{
    private protected override void Update(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, double learningRate, double weightDecay)
    {
        var scaled = Array.ConvertAll(parameters, parameter => weightDecay > 0 || parameter.dim() > 1);
        if (Array.Exists(scaled, one => one))
        {
            TorchKernels.Invoke("lars", Those(parameters, true), Those(gradients, true), Those(slots[0], true), learningRate, momentum, weightDecay, trust);
        }

        if (Array.Exists(scaled, one => !one))
        {
            TorchKernels.Invoke("sgd", Those(parameters, false), Those(gradients, false), Those(slots[0], false), learningRate, momentum, 0.0);
        }

        Tensor[] Those(Tensor[] tensors, bool which) => [.. tensors.Where((_, i) => scaled[i] == which)];
    }
}
