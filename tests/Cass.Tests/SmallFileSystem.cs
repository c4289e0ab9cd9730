using System.Diagnostics;

namespace Cass.Tests;

/// <summary>A file system in memory that fills up soon, mounted on a folder until it is disposed.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private readonly string folder;

    private SmallFileSystem(string folder) => this.folder = folder;

    /// <summary>Mounts one; null where that is not allowed, or not on Linux.</summary>
    public static SmallFileSystem? TryMount(string folder, string size) =>
        OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder) ? new SmallFileSystem(folder) : null;

    public void Dispose() => Run("umount", folder);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
