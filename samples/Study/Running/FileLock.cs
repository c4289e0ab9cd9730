using System.Diagnostics;

namespace Study.Running;

/// <summary>A file that one process at a time can hold; the operating system lets go of it where the process is killed.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>The lock, as soon as no other process has it, or null where one still has it after a while.</summary>
    public static FileLock? Take(string path, TimeSpan patience)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (waited.Elapsed > patience)
            {
                return null;
            }

            Thread.Sleep(Pause);
        }
    }

    public void Dispose() => stream.Dispose();

    private static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
