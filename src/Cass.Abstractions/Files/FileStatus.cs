using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cass;

/// <summary>What Linux knows of a file and .NET does not tell: what kind it is of, and whose.</summary>
/// <param name="Kind">The kind, in the upper four of the sixteen bits of its mode.</param>
/// <param name="Owner">Number of the user that it belongs to.</param>
/// <param name="Group">Number of the group that it belongs to.</param>
[SupportedOSPlatform("linux")]
internal readonly partial record struct FileStatus(int Kind, uint Owner, uint Group)
{
    private const int RegularFile = 0x8000;
    private const int KindBits = 0xF000;
    private const int CurrentFolder = -100;
    private const int WantsTypeModeAndOwner = 0x1 | 0x2 | 0x8 | 0x10;
    private const int WriteAccess = 2;
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Whether it is a plain file, and no folder, device, pipe or socket.</summary>
    public bool IsRegular => Kind == RegularFile;

    /// <summary>Looks a file up; links are followed.</summary>
    /// <returns>Its status; null where there is none, or it cannot be seen.</returns>
    public static FileStatus? Of(string path)
    {
        // struct statx is the same on every architecture: owner at 20, group at 24, mode at 28.
        var status = new byte[256];
        return Look(CurrentFolder, path, 0, WantsTypeModeAndOwner, status) == 0
            ? new FileStatus(BitConverter.ToUInt16(status, 28) & KindBits, BitConverter.ToUInt32(status, 20), BitConverter.ToUInt32(status, 24))
            : null;
    }

    /// <summary>Whether this process may write to a file that exists.</summary>
    public static bool IsWritable(string path) => Access(path, WriteAccess) == 0;

    /// <summary>Gives an open file to this owner and group, as far as this process may; only the superuser may give files away.</summary>
    /// <returns>Whether it belongs to this group now.</returns>
    public bool TryGive(SafeFileHandle file) => Give(file, Owner, Group) == 0 || Give(file, Unchanged, Group) == 0;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Look(int folder, string path, int flags, uint mask, [Out] byte[] status);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "fchown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Give(SafeFileHandle file, uint owner, uint group);
}
