using System.Runtime.InteropServices;
using System.Text;

namespace Cass.Distributed;

/// <summary>The functions of an MPI library that are used, bound at run time.</summary>
internal sealed unsafe class MpiLibrary
{
    private const int LongestVersion = 8192;

    private readonly nint library;
    private readonly delegate* unmanaged<int*, byte***, int, int*, int> initialize;
    private readonly delegate* unmanaged<int*, int> initialized;
    private readonly delegate* unmanaged<int> finalize;
    private readonly delegate* unmanaged<nint, int, int> abort;
    private readonly delegate* unmanaged<nint, int*, int> rank;
    private readonly delegate* unmanaged<nint, int*, int> size;
    private readonly delegate* unmanaged<nint, nint*, int> duplicate;
    private readonly delegate* unmanaged<nint, void*, int, nint, nint, nint, nint*, int> allReduce;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, nint*, int> broadcast;
    private readonly delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int> allGather;
    private readonly delegate* unmanaged<nint, nint*, int> barrier;
    private readonly delegate* unmanaged<nint*, int*, nint, int> test;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> send;
    private readonly delegate* unmanaged<int, int, nint, int*, nint, int> probe;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint, int> receive;
    private readonly delegate* unmanaged<byte*, int*, int> version;

    /// <exception cref="CassException">It is no MPI library.</exception>
    public MpiLibrary(nint library, string name)
    {
        this.library = library;
        try
        {
            Handles = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _) ? MpiHandles.OpenMpi(library) : MpiHandles.Mpich;
            initialize = (delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
            initialized = (delegate* unmanaged<int*, int>)Export("MPI_Initialized");
            finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
            abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort");
            rank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
            size = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
            duplicate = (delegate* unmanaged<nint, nint*, int>)Export("MPI_Comm_dup");
            allReduce = (delegate* unmanaged<nint, void*, int, nint, nint, nint, nint*, int>)Export("MPI_Iallreduce");
            broadcast = (delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
            allGather = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)Export("MPI_Iallgatherv");
            barrier = (delegate* unmanaged<nint, nint*, int>)Export("MPI_Ibarrier");
            test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");
            send = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
            probe = (delegate* unmanaged<int, int, nint, int*, nint, int>)Export("MPI_Iprobe");
            receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint, int>)Export("MPI_Recv");
            version = (delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version");
        }
        catch (EntryPointNotFoundException error)
        {
            throw new CassException($"'{name}' is not a library of MPI 3 or later: {error.Message}", error);
        }
    }

    public MpiHandles Handles { get; }

    /// <summary>The library's name and version, such as <c>Open MPI v4.1.4</c>.</summary>
    public string Version
    {
        get
        {
            var text = stackalloc byte[LongestVersion];
            int length;
            Check(version(text, &length), "MPI_Get_library_version");
            var line = Encoding.UTF8.GetString(text, length).TrimEnd('\0').Split('\n')[0];
            return line.Split(',')[0].Replace("Version:", string.Empty, StringComparison.Ordinal).Replace('\t', ' ').Trim();
        }
    }

    public bool IsInitialized
    {
        get
        {
            int flag;
            Check(initialized(&flag), "MPI_Initialized");
            return flag != 0;
        }
    }

    /// <summary>Joins the job; returns the support for threads that the library gives.</summary>
    public int Initialize()
    {
        int provided;
        Check(initialize(null, null, MpiHandles.ThreadSerialized, &provided), "MPI_Init_thread");
        return provided;
    }

    public void Finish() => Check(finalize(), "MPI_Finalize");

    public void Abort(int code) => abort(Handles.World, code);

    public int RankIn(nint group)
    {
        int value;
        Check(rank(group, &value), "MPI_Comm_rank");
        return value;
    }

    public int SizeOf(nint group)
    {
        int value;
        Check(size(group, &value), "MPI_Comm_size");
        return value;
    }

    public nint Duplicate(nint group)
    {
        nint copy = 0;
        Check(duplicate(group, &copy), "MPI_Comm_dup");
        return copy;
    }

    public void BeginAllReduce(void* buffer, int count, nint type, nint operation, nint group, nint* request) =>
        Check(allReduce(Handles.InPlace, buffer, count, type, operation, group, request), "MPI_Iallreduce");

    public void BeginBroadcast(void* buffer, int count, int root, nint group, nint* request) =>
        Check(broadcast(buffer, count, Handles.Byte, root, group, request), "MPI_Ibcast");

    public void BeginAllGather(void* own, int bytes, void* all, int* counts, int* offsets, nint group, nint* request) =>
        Check(allGather(own, bytes, Handles.Byte, all, counts, offsets, Handles.Byte, group, request), "MPI_Iallgatherv");

    public void BeginBarrier(nint group, nint* request) => Check(barrier(group, request), "MPI_Ibarrier");

    public bool IsDone(nint* request)
    {
        int flag;
        Check(test(request, &flag, Handles.IgnoredStatus), "MPI_Test");
        return flag != 0;
    }

    public void BeginSend(void* buffer, int bytes, int to, int tag, nint group, nint* request) =>
        Check(send(buffer, bytes, Handles.Byte, to, tag, group, request), "MPI_Isend");

    public bool HasMessage(int tag, nint group)
    {
        int flag;
        Check(probe(Handles.AnySource, tag, group, &flag, Handles.IgnoredStatus), "MPI_Iprobe");
        return flag != 0;
    }

    public void Receive(void* buffer, int bytes, int tag, nint group) =>
        Check(receive(buffer, bytes, Handles.Byte, Handles.AnySource, tag, group, Handles.IgnoredStatus), "MPI_Recv");

    private static void Check(int code, string function)
    {
        if (code != 0)
        {
            throw new CassException($"{function} failed with code {code}.");
        }
    }

    private nint Export(string name) => NativeLibrary.GetExport(library, name);
}
