using System.Reflection;
using System.Runtime.InteropServices;
using Xunit.v3;

namespace Cass.Tests.Order;

/// <summary>
/// Gives the memory that a large test has freed back to the system. Every test may run on another thread, and glibc keeps what each
/// has freed for this thread alone: networks after networks, that is gigabytes which nobody uses.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed partial class ReleasedMemoryAttribute : BeforeAfterTestAttribute
{
    private const long Enough = 1L << 30;
    private static long kept = Enough;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!OperatingSystem.IsLinux() || Environment.WorkingSet < Interlocked.Read(ref kept) + (Enough / 2))
        {
            return;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc, which has no such habit.
        }

        Interlocked.Exchange(ref kept, Math.Max(Enough, Environment.WorkingSet));
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint padding);
}
