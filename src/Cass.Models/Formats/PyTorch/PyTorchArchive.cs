using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Cass.Models;

/// <summary>Opens the two formats of <c>torch.save</c>: what they hold, and where their storages lie.</summary>
internal static class PyTorchArchive
{
    /// <summary>The first pickle of the older format.</summary>
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    private const long LegacyVersion = 1001;

    /// <summary>How many of a file's bytes tell its format.</summary>
    public const int SignatureLength = 16;

    /// <summary>Whether a file begins as the older format does: a pickle, from protocol 4 on with a frame, with a number of ten bytes.</summary>
    public static bool IsLegacy(ReadOnlySpan<byte> start)
    {
        if (start.Length < SignatureLength || start[0] != 0x80 || start[1] is < 2 or > 5)
        {
            return false;
        }

        var number = start[2] == 0x95 ? 11 : 2;
        return start[number] == 0x8A && start[number + 1] == 10;
    }

    /// <summary>Whether a file begins as a zip archive does.</summary>
    public static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8);

    /// <summary>Reads the description of a zip archive (PyTorch 1.6 and later).</summary>
    /// <returns>The object saved, and the file offset and length in bytes of a storage.</returns>
    public static (object? Root, Func<PickledStorage, (long Offset, long Length)> Locate) ReadZip(MappedFile file)
    {
        const int MaxPickle = 256 << 20;
        var records = ZipDirectory.Read(file);
        var pickles = records.Values.Where(r => r.Name.EndsWith("/data.pkl", StringComparison.Ordinal) && r.Name.IndexOf('/', StringComparison.Ordinal) == r.Name.Length - 9).ToList();
        if (pickles.Count != 1)
        {
            throw new FormatException("is a zip archive that torch.save did not write: it has no data.pkl.");
        }

        var folder = pickles[0].Name[..^"data.pkl".Length];
        if (records.ContainsKey(folder + "constants.pkl"))
        {
            throw new FormatException("is a TorchScript program; save its state dict with PyTorch, torch.save(torch.jit.load(path).state_dict(), other_path).");
        }

        if (records.TryGetValue(folder + "byteorder", out var order) && order.Length <= 16
            && !string.Equals(Encoding.ASCII.GetString(file.Read(order.Offset, (int)order.Length)), "little", StringComparison.Ordinal))
        {
            throw new FormatException("was written on a big-endian machine; load and save it again with PyTorch on a little-endian one.");
        }

        if (pickles[0].Length > MaxPickle)
        {
            throw new FormatException($"has a description of {pickles[0].Length} bytes; that of a state dict is shorter.");
        }

        var root = PickleReader.Read(new PickleBytes(file, pickles[0].Offset, pickles[0].Offset + pickles[0].Length));
        return (root, storage => records.TryGetValue($"{folder}data/{storage.Key}", out var record)
            ? (record.Offset, record.Length)
            : throw new FormatException($"lacks the storage '{storage.Key}'."));
    }

    /// <summary>Reads the description of the older format (before PyTorch 1.6, and on request after): pickles, then storages one after the other.</summary>
    /// <returns>The object saved, and the file offset and length in bytes of a storage.</returns>
    public static (object? Root, Func<PickledStorage, (long Offset, long Length)> Locate) ReadLegacy(MappedFile file)
    {
        var bytes = new PickleBytes(file, 0, file.Length);
        if (PickleReader.Read(bytes) is not BigInteger magic || magic != Magic || PickleReader.Read(bytes) is not LegacyVersion)
        {
            throw new FormatException("is not a file of torch.save.");
        }

        if (PickleReader.Read(bytes) is not Dictionary<object, object?> system || !system.TryGetValue("little_endian", out var little) || little is not true)
        {
            throw new FormatException("was written on a big-endian machine, or is damaged.");
        }

        var storages = new Dictionary<string, PickledStorage>(StringComparer.Ordinal);
        var root = PickleReader.Read(bytes, storages);
        if (PickleReader.Read(bytes) is not List<object?> keys)
        {
            throw new FormatException("has no list of storages.");
        }

        var places = new Dictionary<string, (long Offset, long Length)>(StringComparer.Ordinal);
        var position = bytes.Position;
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage))
            {
                throw new FormatException("has a storage that no tensor refers to, of unknown size; save the state dict alone with PyTorch.");
            }

            Require(position <= file.Length - 8);
            file.Read(position, count);
            position += 8;
            Require(BinaryPrimitives.ReadInt64LittleEndian(count) == storage.Count && storage.Count <= (file.Length - position) / storage.ElementSize);
            var length = storage.Count * storage.ElementSize;
            Require(places.TryAdd(name, (position, length)));
            position += length;
        }

        return (root, storage => places.TryGetValue(storage.Key, out var place) ? place : throw new FormatException($"lacks the storage '{storage.Key}'."));

        static void Require(bool holds)
        {
            if (!holds)
            {
                throw new FormatException("has storages that do not agree with its tensors: it is truncated or damaged; download or write it again.");
            }
        }
    }
}
