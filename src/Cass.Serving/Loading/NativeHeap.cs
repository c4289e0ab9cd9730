using System.Runtime.InteropServices;

namespace Cass.Serving;

/// <summary>The heap that native libraries take their memory from.</summary>
internal static partial class NativeHeap
{
    /// <summary>
    /// Gives freed memory back to the system, on a thread of the pool. The C library of GNU keeps what was freed for the threads that had it, so that a process
    /// that has loaded a classifier often would hold several times its weights.
    /// </summary>
    public static void TrimSoon()
    {
        if (OperatingSystem.IsLinux())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Trim(), state: null);
        }
    }

    private static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, which has no such habit.
        }
    }

    /// <summary><c>malloc_trim(3)</c>.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint padding);
}
