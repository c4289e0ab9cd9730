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

    // Of Open MPI's launcher, of PMIx (srun --mpi=pmix), and of PMI 1 and 2, which MPICH's launcher and srun --mpi=pmi2 speak.
    private static readonly string[] OfOpenMpi = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK"];
    private static readonly string[] OfMpich = ["PMI_SIZE", "PMI_RANK", "PMI_FD"];
    private static readonly string[] LocalRanks = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID", "SLURM_LOCALID"];

    /// <summary>Whether a launcher of MPI has started this process.</summary>
    public static bool IsLaunched => IsSet(OfOpenMpi) || IsSet(OfMpich);

    /// <summary>The number of this process on its machine, as launchers tell it; null where none does.</summary>
    public static int? LocalRank => LocalRanks.Select(Environment.GetEnvironmentVariable)
        .Select(text => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : (int?)null)
        .FirstOrDefault(number => number is not null);

    /// <summary>Loads the library that belongs to the launcher.</summary>
    /// <exception cref="CassException">There is none, or none of MPI.</exception>
    public static MpiLibrary Load()
    {
        string[] names = Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } named ? [named]
            : IsSet(OfOpenMpi) || !IsSet(OfMpich) ? [.. OpenMpi, .. Mpich]
            : [.. Mpich, .. OpenMpi];
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new MpiLibrary(library, name);
            }
        }

        throw new CassException(
            $"No MPI library was found; looked for {string.Join(", ", names)}. Install one (on Debian and Ubuntu: apt-get install openmpi-bin, or mpich), or give its path in the environment variable {LibraryVariable}.");
    }

    private static bool IsSet(string[] variables) => Array.Exists(variables, name => Environment.GetEnvironmentVariable(name) is { Length: > 0 });
}
