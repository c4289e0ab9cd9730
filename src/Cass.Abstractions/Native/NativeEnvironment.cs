using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cass;

/// <summary>
/// The environment as native code sees it. .NET works on a copy of its own: what
/// <see cref="Environment.SetEnvironmentVariable(string, string?)"/> sets reaches child processes, and no library of this one.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class NativeEnvironment
{
    /// <summary>The value of a variable; null where it is not set.</summary>
    public static string? Get(string name) => Marshal.PtrToStringUTF8(GetVariable(name));

    /// <summary>Sets a variable for libraries that are loaded later.</summary>
    public static void Set(string name, string value) => _ = SetVariable(name, value, overwrite: 1);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
