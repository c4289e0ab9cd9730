using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

internal static class Reductions
{
    /// <summary>Applies a reduction over all elements.</summary>
    public static Tensor Reduce(this Tensor loss, Reduction reduction) => reduction switch
    {
        Reduction.None => loss,
        Reduction.Mean => loss.mean(),
        Reduction.Sum => loss.sum(),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, $"'{reduction}' is not None, Mean or Sum."),
    };
}
