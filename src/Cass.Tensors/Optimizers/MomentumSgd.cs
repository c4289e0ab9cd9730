using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// Stochastic gradient descent with momentum, with the trajectory of <c>torch.optim.SGD</c> without dampening.
/// <see cref="IOptimizer.State"/> names PyTorch's <c>momentum_buffer</c>.
/// </summary>
/// <param name="groups">The parameters; names are unique over all groups.</param>
/// <param name="learningRate">Learning rate, above 0.</param>
/// <param name="momentum">Momentum in [0, 1). Default 0.9.</param>
/// <exception cref="ArgumentException">There is no parameter, or a name occurs twice.</exception>
public sealed class MomentumSgd(IEnumerable<ParameterGroup> groups, double learningRate, double momentum = 0.9)
    : ParameterOptimizer(learningRate, ParameterSlots.Create(groups, ("momentum_buffer", p => zeros_like(p))))
{
    private protected override void Update(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, double learningRate, double weightDecay) =>
        TorchKernels.Invoke("sgd", parameters, gradients, slots[0], learningRate, momentum, weightDecay);
}
