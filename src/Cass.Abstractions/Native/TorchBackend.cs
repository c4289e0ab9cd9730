using TorchSharp;

namespace Cass;

/// <summary>
/// The native libtorch behind TorchSharp. The libraries of CASS reference TorchSharp alone; the application chooses the
/// backend by referencing a package such as <c>TorchSharp-cpu</c> or <c>TorchSharp-cuda-linux</c>.
/// </summary>
public static class TorchBackend
{
    private static readonly Lazy<CassException?> Failure = new(Touch);

    private static IReadOnlyList<string> remarks = [];

    /// <summary>
    /// What was noticed of libtorch on this machine that a user should know, a sentence each; usually none. A trainer logs them. Loads
    /// libtorch where it is not loaded yet.
    /// </summary>
    /// <exception cref="CassException">As of <see cref="EnsureLoaded"/>.</exception>
    public static IReadOnlyList<string> Remarks
    {
        get
        {
            EnsureLoaded();
            return remarks;
        }
    }

    /// <summary>
    /// Loads TorchSharp and libtorch, or says in one line why they do not load. Call it before the first use of a tensor:
    /// TorchSharp's own report of the same failure names a missing package whatever the cause.
    /// </summary>
    /// <remarks>
    /// It also settles the threads that libtorch computes with. Their number becomes at most <see cref="AvailableProcessors.Count"/>,
    /// unless <c>OMP_NUM_THREADS</c>, <c>MKL_NUM_THREADS</c> or <c>torch.set_num_threads</c> has chosen it; a later
    /// <c>torch.set_num_threads</c> holds. On Linux, threads without work sleep after a fraction of a millisecond, unless
    /// <c>OMP_WAIT_POLICY</c> or <c>GOMP_SPINCOUNT</c> is set: that is possible only where this call comes before everything else
    /// that uses TorchSharp. Networks, trainers, loaders and weight files make the call themselves.
    /// <para/>
    /// In virtual machines on AMD processors that hide the sizes of the caches, it tells them to oneDNN, which libtorch convolves with and which computes wrong results without them. That is possible on Linux,
    /// before the first convolution. On x64 processors it then checks within some milliseconds that oneDNN gives right results, and switches it off
    /// where it does not: <see cref="Remarks"/> says so. The environment variable <c>CASS_ONEDNN</c> decides in place of both: 1 keeps oneDNN as it comes, 0 switches it off.
    /// <para/>
    /// On Linux with the C library of GNU, blocks of up to 1 GiB that the main thread frees stay with the process for the next use, in place of 32 MiB, unless a variable
    /// <c>MALLOC_…</c> or <c>GLIBC_TUNABLES</c> has settled that.
    /// <para/>
    /// Safe to call from any thread and any number of times: only the first call loads, and a failure stays a failure
    /// until the process ends, as it does for TorchSharp itself.
    /// </remarks>
    /// <exception cref="CassException">
    /// No backend package is referenced, the system's libstdc++ or another library is missing or too old, or the platform
    /// has no backend; the message names which, and the remedy.
    /// </exception>
    public static void EnsureLoaded()
    {
        if (Failure.Value is { } failure)
        {
            throw new CassException(failure.Message, failure.InnerException);
        }
    }

    /// <summary>
    /// Describes what training and prediction run on, for a support question or the head of a log: the versions of CASS, .NET, TorchSharp and
    /// libtorch; the backend, or why there is none; the processor and whether it computes in bfloat16; processors against the
    /// container's quota; threads; memory; the environment variables that change any of it; and the <see cref="Remarks"/>.
    /// </summary>
    /// <returns>Some ten lines, each with its subject first. For reading: their form may change in any version.</returns>
    /// <remarks>Loads libtorch where it is not loaded yet. It never throws because that fails: the description then says why.</remarks>
    public static string Describe() => BackendDescription.Of(Failure.Value, remarks);

    private static CassException? Touch()
    {
        try
        {
            var wereSettled = ComputeThreads.AreSettled();
            ComputeThreads.PrepareWaiting();
            GlibcHeap.KeepLargeBlocks();
            torch.InitializeDeviceType(DeviceType.CPU);
            ComputeThreads.Limit(wereSettled);
            remarks = OneDnn.Settle();
            return null;
        }
        catch (Exception exception) when (IsLoadFailure(exception))
        {
            return new CassException(TorchLoadFailure.OnThisSystem().Explain(), exception);
        }
    }

    private static bool IsLoadFailure(Exception exception) =>
        (exception is TypeInitializationException { InnerException: { } inner } ? inner : exception)
            is NotSupportedException or DllNotFoundException or BadImageFormatException or EntryPointNotFoundException;
}
