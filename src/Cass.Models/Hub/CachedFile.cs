using System.Text.Json;

namespace Cass.Models;

/// <summary>A file in the cache: whole once its note of size and digest lies beside it.</summary>
internal sealed class CachedFile
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public CachedFile(string path)
    {
        Path = path;
    }

    public string Path { get; }

    /// <summary>What has been downloaded so far.</summary>
    public string PartPath => Path + ".part";

    /// <summary>What the part is a part of.</summary>
    public string PartNotePath => Path + ".part.json";

    public string LockPath => Path + ".lock";

    private string NotePath => Path + ".json";

    /// <summary>True where the file is there, whole.</summary>
    public bool IsComplete => ReadNote(NotePath) is { Size: { } size } && File.Exists(Path) && new FileInfo(Path).Length == size;

    public RemoteFile? PartNote => ReadNote(PartNotePath);

    public long PartLength => File.Exists(PartPath) ? new FileInfo(PartPath).Length : 0;

    public void WritePartNote(RemoteFile remote) => AtomicFile.WriteText(PartNotePath, JsonSerializer.Serialize(remote, Json));

    public void DiscardPart()
    {
        File.Delete(PartPath);
        File.Delete(PartNotePath);
    }

    /// <summary>Makes the verified part the file: moved into place first, noted as whole last.</summary>
    public void Publish(RemoteFile remote)
    {
        File.Delete(NotePath);
        File.Move(PartPath, Path, overwrite: true);
        AtomicFile.WriteText(NotePath, JsonSerializer.Serialize(remote with { Size = new FileInfo(Path).Length }, Json));
        File.Delete(PartNotePath);
    }

    /// <summary>Waits until no other process downloads the file, and keeps others from it until disposed.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException exception) when (IsHeldElsewhere(exception))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation.</summary>
    private static bool IsHeldElsewhere(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static RemoteFile? ReadNote(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RemoteFile>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
