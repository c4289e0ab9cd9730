[assembly: Xunit.AssemblyFixture(typeof(Cass.Tests.Distributed.DistributedRuns))]

namespace Cass.Tests.Distributed;

/// <summary>
/// The same training by one process, by two over Open MPI, and by three over MPICH, each run once for all tests. There are 70 images in batches of 16, whose
/// last has 6, so that neither batches nor the last of them divide by three; two epochs are ten steps.
/// </summary>
public sealed class DistributedRuns : IDisposable
{
    public const string Methods = "cass+byol+dino+finetune";

    private readonly ResultFolder folder = new();
    private readonly Lazy<string> alone;
    private readonly Dictionary<string, Lazy<string>> together;

    public DistributedRuns()
    {
        alone = new(() => Run("alone", (arguments) => MpiLauncher.RunAlone(arguments)));
        together = new(StringComparer.Ordinal)
        {
            [MpiLauncher.OpenMpi] = new(() => Run(MpiLauncher.OpenMpi, arguments => new MpiLauncher(MpiLauncher.OpenMpi).Run(2, arguments))),
            [MpiLauncher.Mpich] = new(() => Run(MpiLauncher.Mpich, arguments => new MpiLauncher(MpiLauncher.Mpich).Run(3, arguments))),
        };
    }

    public static int ProcessesOf(string implementation) => implementation == MpiLauncher.OpenMpi ? 2 : 3;

    /// <summary>The folder with the results of one process.</summary>
    public string Alone => alone.Value;

    /// <summary>The folder with the results of several processes; the test is skipped where there is no launcher.</summary>
    public string Together(string implementation)
    {
        MpiLauncher.Require(implementation);
        return together[implementation].Value;
    }

    public void Dispose() => folder.Dispose();

    private string Run(string name, Func<string[], MpiLauncher.Ended> run)
    {
        var results = Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName;
        run(["train", results, $"what=collectives+{Methods}", "images=70", "dropLast=0", "epochs=2"]).RequireSuccess();
        return results;
    }
}
