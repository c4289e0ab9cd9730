using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The state of TorchSharp's global random generator, which dropout and stochastic depth draw from.</summary>
internal static class RandomState
{
    public const string Name = "random.cpu";

    public static Tensor Capture() => random.get_rng_state();

    public static void Restore(Checkpoint checkpoint)
    {
        if (checkpoint.Find(Name) is { } state)
        {
            random.set_rng_state(state);
        }
    }
}
