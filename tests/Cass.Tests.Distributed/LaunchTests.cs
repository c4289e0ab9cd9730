using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>Processes that were started together and do not find one another would each train alone, as if all were well: they refuse.</summary>
public sealed class LaunchTests
{
    [Theory]
    [InlineData(MpiLauncher.Mpich, "libmpi.so.40", "The launcher has started 2 processes (PMI_SIZE), of which Open MPI v")]
    [InlineData(MpiLauncher.OpenMpi, "libmpich.so.12", "The launcher has started 2 processes (OMPI_COMM_WORLD_SIZE), of which MPICH ")]
    public void The_library_of_another_launcher_is_refused(string implementation, string library, string message)
    {
        var launcher = MpiLauncher.Require(implementation);
        MpiLauncher.Require(implementation == MpiLauncher.Mpich ? MpiLauncher.OpenMpi : MpiLauncher.Mpich);
        using var folder = new ResultFolder();
        var ended = launcher.Run(2, [("CASS_MPI_LIBRARY", library)], "train", folder.Path);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
        Assert.Contains("finds 1: it is not the launcher's library", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_library_does_not_take_the_place_of_one_that_is_missing()
    {
        // The loader finds an empty file first, which is no library.
        var launcher = MpiLauncher.Require(MpiLauncher.Mpich);
        using var folder = new ResultFolder();
        foreach (var name in (string[])["libmpich.so.12", "libmpi.so.12", "libmpich.so"])
        {
            File.WriteAllText(Path.Combine(folder.Path, name), string.Empty);
        }

        var ended = launcher.Run(2, [("LD_LIBRARY_PATH", folder.Path)], "train", folder.Path);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains("No MPI library of the launcher that started this process was found; looked for libmpich.so.12", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=2 SLURM_PROCID=0", "srun has started 2 processes (SLURM_STEP_NUM_TASKS)")]
    [InlineData("SLURM_NTASKS=2 SLURM_PROCID=1", "srun has started 2 processes (SLURM_NTASKS)")]
    public void A_step_of_Slurm_without_MPI_is_refused(string environment, string message)
    {
        using var folder = new ResultFolder();
        var ended = MpiLauncher.RunAlone(Variables(environment), "train", folder.Path);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
        Assert.Contains("--mpi=pmix", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SLURM_NTASKS=16 SLURM_PROCID=0")]
    [InlineData("SLURM_NTASKS=1 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1")]
    public void A_single_process_in_a_script_or_a_step_of_Slurm_trains_alone(string environment)
    {
        using var folder = new ResultFolder();
        MpiLauncher.RunAlone(Variables(environment), "train", folder.Path, "what=collectives").RequireSuccess();
        Assert.StartsWith("rank 0 of 1, local 0, a single process", File.ReadAllText(Path.Combine(folder.Path, "rank-0.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_that_mpirun_starts_in_a_step_of_Slurm_go_by_mpirun()
    {
        var launcher = MpiLauncher.Require(MpiLauncher.Mpich);
        using var folder = new ResultFolder();
        launcher.Run(2, Variables("SLURM_STEP_NUM_TASKS=3 SLURM_NTASKS=3 SLURM_PROCID=1"), "train", folder.Path, "what=collectives").RequireSuccess();
        Assert.StartsWith("rank 1 of 2", File.ReadAllText(Path.Combine(folder.Path, "rank-1.txt")), StringComparison.Ordinal);
    }

    private static (string Name, string Value)[] Variables(string settings) => [.. settings.Split(' ').Select(setting => setting.Split('=')).Select(parts => (parts[0], parts[1]))];
}
