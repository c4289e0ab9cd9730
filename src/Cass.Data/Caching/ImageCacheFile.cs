using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cass.Data;

/// <summary>
/// Keeps prepared images in a memory-mapped file that outlives the run. An image is found by a hash of its encoded bytes
/// and of the settings, so that a changed file or another size is another image. Layout: a header, then records of key,
/// shape, checksum and pixels, aligned to 8 bytes; the key is written last, and what follows the last key is free.
/// </summary>
internal sealed unsafe class ImageCacheFile : PreparedImageCache
{
    private const ulong Magic = 0x31474d4953534143; // "CASSIMG1", little-endian.
    private const int HeaderBytes = 64;
    private const long Unknown = 0;
    private readonly FileStream file;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long length;
    private readonly string settings;
    private readonly long[] positions;
    private readonly Dictionary<UInt128, long> records = [];
    private readonly Lock gate = new();
    private long end = HeaderBytes;

    public ImageCacheFile(string path, string settings, int count, long capacity)
    {
        this.settings = settings;
        positions = new long[count];
        try
        {
            file = Open(path, Math.Max(capacity, HeaderBytes + Unsafe.SizeOf<Record>()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The image cache '{path}' cannot be opened: {e.Message} Close the program that uses it, free {capacity} bytes of disk space, or name another file.", e);
        }

        try
        {
            length = file.Length;
            map = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, length);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            ReadRecords(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override bool SharesBuffers => false;

    public override PixelImage? Find(int index, IImageSource source, ref byte[]? encoded)
    {
        var position = Volatile.Read(ref positions[index]);
        if (position == Unknown)
        {
            if (source is not IEncodedImageSource file)
            {
                return null;
            }

            encoded = file.ReadBytes();
            var key = KeyOf(file, encoded);
            lock (gate)
            {
                if (!records.TryGetValue(key, out position) || !IsIntact(position))
                {
                    records.Remove(key);
                    return null;
                }
            }

            Volatile.Write(ref positions[index], position);
        }

        ref var record = ref RecordAt(position);
        var pixels = PixelBuffers.Rent(record.Length);
        PixelsAt(position).CopyTo(pixels);
        return new PixelImage(record.Width, record.Height, record.Channels, pixels);
    }

    public override bool Add(int index, PixelImage image, IImageSource source, byte[]? encoded)
    {
        if (encoded is null || source is not IEncodedImageSource encodedSource)
        {
            return false;
        }

        var key = KeyOf(encodedSource, encoded);
        lock (gate)
        {
            var position = end;
            var next = position + Unsafe.SizeOf<Record>() + ((image.Pixels.Length + 7L) & ~7L);
            if (next > length || records.ContainsKey(key))
            {
                return false;
            }

            ref var record = ref RecordAt(position);
            record.Width = image.Width;
            record.Height = image.Height;
            record.Channels = image.Channels;
            record.Length = image.Pixels.Length;
            record.Checksum = XxHash3.HashToUInt64(image.Pixels);
            image.Pixels.CopyTo(PixelsAt(position));
            Thread.MemoryBarrier();
            record.Key = key;
            records[key] = position;
            end = next;
            Volatile.Write(ref positions[index], position);
        }

        return false;
    }

    public override void Dispose()
    {
        if (start is not null)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        map?.Dispose();
        file.Dispose();
        base.Dispose();
    }

    private static FileStream Open(string path, long capacity)
    {
        FileStatus.RequireContent(path);
        if (File.Exists(path))
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // The space is taken now: a full disk would otherwise end the process when a mapped page is written.
        var created = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            PreallocationSize = capacity,
        });
        created.SetLength(capacity);
        return created;
    }

    private void ReadRecords(string path)
    {
        var header = new Span<ulong>(start, 1);
        if (length < HeaderBytes || header[0] is not (0 or Magic))
        {
            throw new CassInputException($"'{path}' is not an image cache; name another file, or delete it.");
        }

        header[0] = Magic;
        while (end + Unsafe.SizeOf<Record>() <= length)
        {
            ref var record = ref RecordAt(end);
            var next = end + Unsafe.SizeOf<Record>() + ((record.Length + 7L) & ~7L);
            if (record.Key == default || record.Width < 1 || record.Height < 1 || record.Channels is not (1 or 3)
                || record.Length != (long)record.Width * record.Height * record.Channels || next > length)
            {
                return;
            }

            records[record.Key] = end;
            end = next;
        }
    }

    private bool IsIntact(long position) => XxHash3.HashToUInt64(PixelsAt(position)) == RecordAt(position).Checksum;

    private UInt128 KeyOf(IEncodedImageSource source, byte[] encoded)
    {
        var hash = new XxHash128();
        hash.Append(encoded);
        hash.Append(Encoding.UTF8.GetBytes($"\n{settings}\n{source.DecodingOptions.CacheKey}"));
        var key = hash.GetCurrentHashAsUInt128();
        return key == default ? UInt128.One : key;
    }

    private ref Record RecordAt(long position) => ref Unsafe.AsRef<Record>(start + position);

    private Span<byte> PixelsAt(long position) => new(start + position + Unsafe.SizeOf<Record>(), RecordAt(position).Length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Record
    {
        public UInt128 Key;
        public int Width;
        public int Height;
        public int Channels;
        public int Length;
        public ulong Checksum;
        public ulong Reserved;
    }
}
