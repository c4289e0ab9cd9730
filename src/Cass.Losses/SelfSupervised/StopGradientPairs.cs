using static TorchSharp.torch;

namespace Cass.Losses;

internal static class StopGradientPairs
{
    public static void Require(string loss, Tensor predictions, Tensor targets)
    {
        const string Layout = "[batch, dimensions]";
        LossArguments.RequireAlike(loss, nameof(predictions), predictions, nameof(targets), targets, Layout);
        LossArguments.RequireMatrix(loss, nameof(predictions), predictions, Layout);
        LossArguments.RequireNotEmpty(loss, nameof(predictions), predictions);
    }
}
