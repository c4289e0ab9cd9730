using System.Collections;
using System.Runtime.InteropServices;

namespace Cass;

/// <summary>
/// How the C library of GNU hands out large blocks. By itself it takes each of more than 32 MiB from the system and gives it back when it is freed, so that
/// every step of a training on large images pays for fresh pages of its activations.
/// </summary>
internal static partial class GlibcHeap
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int MmapMaximum = -4;
    private const int OneGibibyte = 1 << 30;

    /// <summary>Has blocks of up to 1 GiB, and as much free memory, kept for the next use; nothing where the user has set the C library's variables, or it is another one.</summary>
    public static void KeepLargeBlocks()
    {
        if (!OperatingSystem.IsLinux() || IsSetByUser())
        {
            return;
        }

        try
        {
            // Releases before 2.35 refuse a threshold above 32 MiB.
            _ = MallOpt(MmapThreshold, OneGibibyte) != 0 || MallOpt(MmapMaximum, 0) != 0;
            _ = MallOpt(TrimThreshold, OneGibibyte);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with another heap.
        }
    }

    private static bool IsSetByUser() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Any(variable =>
        variable.Key is string name && (name.StartsWith("MALLOC_", StringComparison.Ordinal)
            || (name is "GLIBC_TUNABLES" && variable.Value is string value && value.Contains("glibc.malloc", StringComparison.Ordinal))));

    /// <summary><c>mallopt(3)</c>.</summary>
    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallOpt(int parameter, int value);
}
