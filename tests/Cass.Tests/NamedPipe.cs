using System.Runtime.InteropServices;
using Xunit;

namespace Cass.Tests;

/// <summary>Makes named pipes, whose readers wait for a writer that never comes.</summary>
internal static partial class NamedPipe
{
    public static void Create(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are told from files on Linux.");
        Assert.Equal(0, MakeFifo(path, 0x180));
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeFifo(string path, uint mode);
}
