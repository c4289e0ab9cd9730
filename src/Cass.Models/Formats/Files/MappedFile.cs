using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// A file mapped into memory for reading. Only the part in use is mapped, so that what was copied out does not stay
/// resident beside the copy.
/// </summary>
internal sealed class MappedFile : IDisposable
{
    private readonly FileStream stream;
    private readonly MemoryMappedFile? mapping;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        this.stream = stream;
        Length = stream.Length;
        mapping = Length == 0 ? null
            : MemoryMappedFile.CreateFromFile(stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="CassInputException">There is no such file, or it cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (Directory.Exists(path))
        {
            throw new CassInputException($"The weight file '{path}' is a folder; name the file in it, or use BackboneFolder for a folder with a config.json.");
        }

        if (FileStatus.Of(path) is { Kind: FileKind.Pipe or FileKind.Socket or FileKind.Device } other)
        {
            throw new CassInputException($"The weight file '{path}' is {other.Description}, not a file; write what it gives to a file, and name that.");
        }

        try
        {
            return new MappedFile(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CassInputException($"There is no weight file '{path}'; check the path, or download the file first.", exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException or NotSupportedException)
        {
            throw new CassInputException($"The weight file '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Copies bytes out.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        using var view = mapping!.CreateViewAccessor(offset, destination.Length, MemoryMappedFileAccess.Read);
        unsafe
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            try
            {
                new ReadOnlySpan<byte>(start + view.PointerOffset, destination.Length).CopyTo(destination);
            }
            finally
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
            }
        }
    }

    /// <summary>Copies bytes out into a new array; the caller has checked that the file is that long.</summary>
    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Reads little-endian elements into a contiguous tensor on the CPU.</summary>
    public void Read(long offset, Tensor destination)
    {
        const int PieceBytes = 1 << 27;
        var size = destination.ElementSize;
        using var flat = destination.view(-1);
        var count = flat.NumberOfElements;
        var piece = PieceBytes / size;
        for (long start = 0; start < count; start += piece)
        {
            var length = Math.Min(piece, count - start);
            using var part = flat.narrow(0, start, length);
            Read(offset + (start * size), part.bytes);
        }
    }

    public void Dispose()
    {
        mapping?.Dispose();
        stream.Dispose();
    }
}
