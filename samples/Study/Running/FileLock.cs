namespace Study.Running;

/// <summary>A file that one process at a time can hold; the operating system lets go of it where the process is killed.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>The lock, or null where another process has it.</summary>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The lock, as soon as no other process has it.</summary>
    public static FileLock Take(string path)
    {
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            Thread.Sleep(Pause);
        }
    }

    public void Dispose() => stream.Dispose();
}
