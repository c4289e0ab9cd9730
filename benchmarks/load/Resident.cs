using System.Diagnostics;

namespace Cass.Load.Benchmarks;

/// <summary>Memory of a process.</summary>
internal static class Resident
{
    /// <summary>Resident megabytes of this process, after a collection.</summary>
    public static double Megabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64 / 1e6;
    }

    /// <summary>Resident megabytes of another process.</summary>
    public static double Megabytes(Process process)
    {
        process.Refresh();
        return process.WorkingSet64 / 1e6;
    }
}
