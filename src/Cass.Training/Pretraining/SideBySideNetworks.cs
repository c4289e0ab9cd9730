using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A run of CASS whose two networks compute at the same time, until it is disposed.</summary>
internal sealed class SideBySideNetworks : IDisposable
{
    private readonly CassMethod method;
    private readonly NetworkThreads threads;

    private SideBySideNetworks(CassMethod method)
    {
        this.method = method;
        method.Threads = threads = new NetworkThreads();
    }

    /// <summary>Gives each network threads of its own, where the settings allow it and where it pays; what was decided is logged.</summary>
    /// <returns>Null where the networks compute one after the other.</returns>
    public static SideBySideNetworks? Begin(ISelfSupervisedMethod method, PretrainingOptions settings, TrainingRun run, Computation computation)
    {
        if (method is not CassMethod cass || !settings.UpdateWeights || !run.AllowsNetworksSideBySide)
        {
            return null;
        }

        var (first, second) = (cass.Backbones.Values.First(), cass.Backbones.Values.Last());
        if (NetworkBalance.Problem(first, second, run.ImageSize, run.ImageSize, settings.BatchSize, run.Options.GradientCheckpointing) is { } problem)
        {
            run.Logger.LogInformation("{First} and {Second} compute one after the other: {Problem}.", first.ModelName, second.ModelName, problem);
            return null;
        }

        var networks = new SideBySideNetworks(cass);
        run.Logger.LogInformation("{First} and {Second} compute at the same time, each on half of {Threads} threads.", first.ModelName, second.ModelName, networks.threads.Count);
        return networks;
    }

    public void Dispose()
    {
        method.Threads = null;
        threads.Dispose();
    }
}
