using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2) as one kernel over all
/// parameters, with the trajectory of <c>torch.optim.Adam(fused=True)</c>.
/// </summary>
/// <remarks>
/// TorchSharp's own Adam runs about a dozen kernels for each parameter. Parameters without a gradient are left alone, as
/// in PyTorch. <see cref="IOptimizer.State"/> names PyTorch's <c>exp_avg</c>, <c>exp_avg_sq</c> and <c>step</c>.
/// </remarks>
/// <param name="groups">The parameters; names are unique over all groups.</param>
/// <param name="settings">Learning rate, decays and ε; PyTorch's defaults where null.</param>
/// <exception cref="ArgumentException">There is no parameter, or a name occurs twice.</exception>
public sealed class FusedAdam(IEnumerable<ParameterGroup> groups, AdamSettings? settings = null) : ParameterOptimizer(
    (settings ?? new AdamSettings()).LearningRate,
    ParameterSlots.Create(groups, ("exp_avg", p => zeros_like(p)), ("exp_avg_sq", p => zeros_like(p)), ("step", p => zeros([], float32, p.device))))
{
    private readonly AdamSettings settings = settings ?? new AdamSettings();

    private protected override void Update(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, double learningRate, double weightDecay)
    {
        Tensor[][] lists = [[.. parameters], [.. gradients], [.. slots[0]], [.. slots[1]]];
        for (var i = 0; i < parameters.Length; i++)
        {
            ViewInMemoryOrder(lists, i);
        }

        TorchKernels.Invoke(
            settings.DecoupledWeightDecay ? "adamw" : "adam",
            lists[0],
            lists[1],
            lists[2],
            lists[3],
            slots[2],
            learningRate,
            settings.Beta1,
            settings.Beta2,
            weightDecay,
            settings.Epsilon);
    }

    /// <summary>
    /// On a CPU the kernel works on contiguous copies of tensors that are not so, as weights with channels last. What it
    /// computes does not depend on the order of the axes, and with the channels' axis last such weights are contiguous.
    /// </summary>
    private static void ViewInMemoryOrder(Tensor[][] lists, int index)
    {
        if (lists[0][index].dim() != 4 || lists[0][index].is_contiguous())
        {
            return;
        }

        Tensor[] views = [.. lists.Select(list => list[index].permute(0, 2, 3, 1))];
        if (Array.TrueForAll(views, view => view.is_contiguous()))
        {
            foreach (var (list, view) in lists.Zip(views))
            {
                list[index] = view;
            }
        }
    }
}
