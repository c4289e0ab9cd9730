using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The state of TorchSharp's global random generator, which dropout and stochastic depth draw from.</summary>
internal static class RandomState
{
    public const string Name = "random.cpu";
    private const string OfProcesses = "random.processes";

    public static Tensor Capture() => random.get_rng_state();

    /// <summary>What a checkpoint holds of it: where several processes train together, the state of each.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Of(DistributedRun? processes)
    {
        yield return new(Name, Capture());
        if (processes is not null)
        {
            yield return new(OfProcesses, processes.RandomStates());
        }
    }

    /// <summary>Goes on from a checkpoint; a process more than those that made it begins numbers of its own.</summary>
    public static void Restore(Checkpoint checkpoint, DistributedRun? processes, long seed)
    {
        using var scope = NewDisposeScope();
        if (processes is { IsMain: false, Group.Rank: var rank })
        {
            if (checkpoint.Find(OfProcesses) is { } states && states.shape[0] > rank)
            {
                random.set_rng_state(states[rank].clone());
            }
            else
            {
                processes.SeedApart(seed, checkpoint.Position.Step);
            }
        }
        else if (checkpoint.Find(Name) is { } state)
        {
            random.set_rng_state(state);
        }
    }
}
