using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth"): in training drops a residual branch of
/// whole samples with a probability, and scales the kept ones by 1 / (1 - probability); in evaluation the identity.
/// </summary>
internal sealed class DropPath : Module<Tensor, Tensor>
{
    private readonly double probability;

    private DropPath(double probability)
        : base(nameof(DropPath))
    {
        this.probability = probability;
    }

    /// <summary>A module for the probability, or null where nothing would be dropped.</summary>
    public static DropPath? Create(double probability) => probability > 0 ? new DropPath(probability) : null;

    /// <summary>The rates of a network's blocks: linear from 0 at the first to <paramref name="last"/> at the last.</summary>
    public static double Rate(double last, int block, int blocks) => blocks == 1 ? 0 : last * block / (blocks - 1);

    public override Tensor forward(Tensor input)
    {
        if (!training)
        {
            return input.alias();
        }

        var shape = new long[input.dim()];
        Array.Fill(shape, 1);
        shape[0] = input.size(0);
        using var mask = empty(shape, dtype: input.dtype, device: input.device);
        mask.bernoulli_(1 - probability).div_(KeptScalar.Of(1 - probability));
        return input * mask;
    }
}
