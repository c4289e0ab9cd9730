using System.Runtime.InteropServices;

namespace Cass.Distributed;

/// <summary>
/// The constants of an MPI library's binary interface. Where handles are of 32 bits they are kept in the lower half of an address: passed
/// by value, the callee reads that half; written by the callee, the other half stays 0.
/// </summary>
internal sealed record MpiHandles
{
    /// <summary>Calls may come from any thread, one at a time.</summary>
    public const int ThreadSerialized = 2;

    public required nint World { get; init; }

    public required nint Byte { get; init; }

    public required nint Float { get; init; }

    public required nint Double { get; init; }

    public required nint Int64 { get; init; }

    public required nint Sum { get; init; }

    public required nint Max { get; init; }

    public required nint Min { get; init; }

    public required nint InPlace { get; init; }

    public required nint IgnoredStatus { get; init; }

    public required int AnySource { get; init; }

    /// <summary>Open MPI's, whose handles are addresses of what the library exports.</summary>
    public static MpiHandles OpenMpi(nint library) => new()
    {
        World = NativeLibrary.GetExport(library, "ompi_mpi_comm_world"),
        Byte = NativeLibrary.GetExport(library, "ompi_mpi_byte"),
        Float = NativeLibrary.GetExport(library, "ompi_mpi_float"),
        Double = NativeLibrary.GetExport(library, "ompi_mpi_double"),
        Int64 = NativeLibrary.GetExport(library, "ompi_mpi_int64_t"),
        Sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
        Max = NativeLibrary.GetExport(library, "ompi_mpi_op_max"),
        Min = NativeLibrary.GetExport(library, "ompi_mpi_op_min"),
        InPlace = 1,
        IgnoredStatus = 0,
        AnySource = -1,
    };

    /// <summary>MPICH's, whose handles are numbers; other libraries share them by the MPICH ABI Compatibility Initiative.</summary>
    public static MpiHandles Mpich { get; } = new()
    {
        World = 0x44000000,
        Byte = 0x4c00010d,
        Float = 0x4c00040a,
        Double = 0x4c00080b,
        Int64 = 0x4c00083a,
        Sum = 0x58000003,
        Max = 0x58000001,
        Min = 0x58000002,
        InPlace = -1,
        IgnoredStatus = 1,
        AnySource = -2,
    };
}
