using System.Globalization;
using System.Runtime.InteropServices;

namespace Cass.Distributed;

/// <summary>What the launcher has told this process in its environment.</summary>
internal static class MpiLaunch
{
    /// <summary>Names the MPI library: a path, or a name that the system's loader finds.</summary>
    public const string LibraryVariable = "CASS_MPI_LIBRARY";

    /// <summary>Names the seconds that an operation waits for other processes.</summary>
    public const string TimeoutVariable = "CASS_MPI_TIMEOUT";

    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.so.80", "libmpi.40.dylib", "libmpi.so"];
    private static readonly string[] Mpich = ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib", "libmpich.so"];

    // Of Open MPI's launcher, of PMI 1 and 2, which MPICH's launcher and srun --mpi=pmi2 speak, and of PMIx (srun --mpi=pmix), which both libraries do.
    private static readonly string[] OfOpenMpi = ["OMPI_COMM_WORLD_SIZE"];
    private static readonly string[] OfMpich = ["PMI_SIZE", "PMI_RANK", "PMI_FD"];
    private static readonly string[] OfPmix = ["PMIX_RANK"];
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
    private static readonly string[] LocalRanks = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID", "SLURM_LOCALID"];

    private const string SlurmRank = "SLURM_PROCID";
    private const string SlurmStepSize = "SLURM_STEP_NUM_TASKS";
    private const string SlurmSize = "SLURM_NTASKS";

    /// <summary>Whether a launcher of MPI has started this process.</summary>
    /// <exception cref="CassException">Slurm has started this process and others, which know nothing of one another.</exception>
    public static bool IsLaunched => IsSet(OfOpenMpi) || IsSet(OfMpich) || IsSet(OfPmix)
        || (SlurmTasks is { } tasks
            ? throw new CassException(
                $"srun has started {tasks.Count} processes ({tasks.Variable}) that know nothing of one another, and each would train alone. Give srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH); for trainings that have nothing to do with one another, use a {nameof(SingleProcess)}.")
            : false);

    /// <summary>
    /// The processes of a step of Slurm that has several; null elsewhere, such as in the script that sbatch runs, where the number of tasks is that of the allocation.
    /// </summary>
    private static (int Count, string Variable)? SlurmTasks =>
        NumberIn(SlurmStepSize) is > 1 and var ofStep ? (ofStep, SlurmStepSize)
        : NumberIn(SlurmRank) is > 0 && NumberIn(SlurmSize) is > 1 and var all ? (all, SlurmSize)
        : null;

    /// <summary>The number of this process on its machine, as launchers tell it; null where none does.</summary>
    public static int? LocalRank => LocalRanks.Select(Environment.GetEnvironmentVariable)
        .Select(Number)
        .FirstOrDefault(number => number is not null);

    /// <summary>Loads the library that belongs to the launcher.</summary>
    /// <exception cref="CassException">There is none, or none of MPI.</exception>
    public static MpiLibrary Load()
    {
        string[] names = Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } named ? [named]
            : IsSet(OfOpenMpi) ? OpenMpi
            : !IsSet(OfMpich) ? [.. OpenMpi, .. Mpich]
            : NumberIn(SlurmRank) is null ? Mpich
            : [.. Mpich, .. OpenMpi];
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new MpiLibrary(library, name);
            }
        }

        throw new CassException(
            $"No MPI library {(IsSet(OfOpenMpi) || IsSet(OfMpich) ? "of the launcher that started this process " : string.Empty)}was found; looked for {string.Join(", ", names)}. Install {(ReferenceEquals(names, OpenMpi) ? "it (on Debian and Ubuntu: apt-get install openmpi-bin)" : ReferenceEquals(names, Mpich) ? "it (on Debian and Ubuntu: apt-get install mpich)" : "one (on Debian and Ubuntu: apt-get install openmpi-bin, or mpich)")}, or give its path in the environment variable {LibraryVariable}.");
    }

    /// <summary>Refuses a library that does not see the processes that the launcher has started: each would train alone.</summary>
    /// <param name="rank">The number of this process by the library.</param>
    /// <param name="size">The number of processes by the library.</param>
    /// <param name="library">Name and version of the library.</param>
    /// <exception cref="CassException">The library is not the launcher's.</exception>
    public static void RequireWhole(int rank, int size, string library)
    {
        var launched = Array.Find(Sizes, name => NumberIn(name) is not null) is { } variable ? (Count: NumberIn(variable)!.Value, Variable: variable) : size == 1 ? SlurmTasks : null;
        if (launched is { } known && known.Count != size)
        {
            throw new CassException(
                $"The launcher has started {known.Count} processes ({known.Variable}), of which {library} finds {size}: it is not the launcher's library. Start the program by the library's own mpirun{(NumberIn(SlurmRank) is null ? string.Empty : " or another srun --mpi=…")}, or name the launcher's library in the environment variable {LibraryVariable}.");
        }

        if (launched is null && size == 1 && NumberIn(OfPmix[0]) is > 0 and var number)
        {
            throw new CassException(
                $"The launcher has started this process as number {number} ({OfPmix[0]}), and {library} finds number {rank} of {size}: it is not the launcher's library. Name the launcher's in the environment variable {LibraryVariable}.");
        }
    }

    private static int? NumberIn(string variable) => Number(Environment.GetEnvironmentVariable(variable));

    private static int? Number(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool IsSet(string[] variables) => Array.Exists(variables, name => Environment.GetEnvironmentVariable(name) is { Length: > 0 });
}
