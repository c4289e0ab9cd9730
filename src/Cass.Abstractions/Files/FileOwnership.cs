using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cass;

/// <summary>Whose a file is on Linux, which .NET does not tell.</summary>
/// <param name="Owner">Number of the user that it belongs to.</param>
/// <param name="Group">Number of the group that it belongs to.</param>
internal readonly partial record struct FileOwnership(uint Owner, uint Group)
{
    private const int WriteAccess = 2;
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Whether this process may write to a file that exists.</summary>
    public static bool IsWritable(string path) => Access(path, WriteAccess) == 0;

    /// <summary>Gives an open file to this owner and group, as far as this process may; only the superuser may give files away.</summary>
    /// <returns>Whether it belongs to this group now.</returns>
    public bool TryGive(SafeFileHandle file) => Give(file, Owner, Group) == 0 || Give(file, Unchanged, Group) == 0;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "fchown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Give(SafeFileHandle file, uint owner, uint group);
}
