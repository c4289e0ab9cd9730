using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// Writes files as <c>torch.save</c> does, in both of its formats: dictionaries, lists, texts, numbers, tensors, and pickles
/// of anything else, which are put in as they are.
/// </summary>
internal static class TorchSaveFile
{
    /// <summary>The three pickles that the older format begins with.</summary>
    private static readonly byte[] LegacyStart =
    [
        0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.',
        0x80, 2, (byte)'M', 0xE9, 0x03, (byte)'.',
        0x80, 2, (byte)'}', (byte)'X', 13, 0, 0, 0, .. "little_endian"u8, 0x88, (byte)'s', (byte)'.',
    ];

    /// <summary>Writes one; a value is a dictionary, a list, a text, a whole number, a number, a bool, null, a float tensor, or a pickle's bytes.</summary>
    public static void Write(string path, object? root, bool legacy = false)
    {
        var pickle = new List<byte> { 0x80, 2 };
        var storages = new List<Tensor>();
        Add(root);
        pickle.Add((byte)'.');
        if (legacy)
        {
            WriteLegacy(path, pickle, storages);
        }
        else
        {
            WriteZip(path, pickle, storages);
        }

        void Add(object? value)
        {
            switch (value)
            {
                case null:
                    pickle.Add((byte)'N');
                    break;
                case bool truth:
                    pickle.Add((byte)(truth ? 0x88 : 0x89));
                    break;
                case int number:
                    pickle.AddRange([(byte)'J', .. Int32(number)]);
                    break;
                case string text:
                    var utf8 = Encoding.UTF8.GetBytes(text);
                    pickle.AddRange([(byte)'X', .. Int32(utf8.Length), .. utf8]);
                    break;
                case byte[] raw:
                    // Without the protocol before it and the stop after it.
                    pickle.AddRange(raw[2..^1]);
                    break;
                case Tensor tensor:
                    AddTensor(tensor);
                    break;
                case IEnumerable<KeyValuePair<string, Tensor>> state:
                    AddDictionary(state.Select(e => KeyValuePair.Create(e.Key, (object?)e.Value)));
                    break;
                case IEnumerable<KeyValuePair<string, object?>> dictionary:
                    AddDictionary(dictionary);
                    break;
                case IEnumerable<object?> list:
                    pickle.AddRange("](");
                    foreach (var item in list)
                    {
                        Add(item);
                    }

                    pickle.Add((byte)'e');
                    break;
                default:
                    throw new NotSupportedException(value.GetType().Name);
            }
        }

        void AddDictionary(IEnumerable<KeyValuePair<string, object?>> dictionary)
        {
            pickle.AddRange("}(");
            foreach (var (key, item) in dictionary)
            {
                Add(key);
                Add(item);
            }

            pickle.Add((byte)'u');
        }

        void AddTensor(Tensor tensor)
        {
            var type = tensor.dtype == ScalarType.Int64 ? "LongStorage" : "FloatStorage";
            pickle.AddRange("ctorch._utils\n_rebuild_tensor_v2\n((");
            Add("storage");
            pickle.AddRange($"ctorch\n{type}\n");
            Add($"{storages.Count}");
            Add("cpu");
            Add((int)tensor.NumberOfElements);
            if (legacy)
            {
                Add(null);
            }

            pickle.AddRange("tQ");
            Add(0);
            AddNumbers(tensor.shape);
            AddNumbers(tensor.contiguous().stride());
            Add(false);
            pickle.AddRange("ccollections\nOrderedDict\n)RtR");
            storages.Add(tensor);
        }

        void AddNumbers(long[] numbers)
        {
            pickle.Add((byte)'(');
            foreach (var number in numbers)
            {
                Add((int)number);
            }

            pickle.Add((byte)'t');
        }
    }

    private static void AddRange(this List<byte> bytes, string ascii) => bytes.AddRange(Encoding.ASCII.GetBytes(ascii));

    private static void WriteZip(string path, List<byte> pickle, List<Tensor> storages)
    {
        File.Delete(path);
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Entry("archive/data.pkl", [.. pickle]);
        foreach (var (i, tensor) in storages.Index())
        {
            Entry($"archive/data/{i}", tensor.contiguous().bytes);
        }

        void Entry(string name, ReadOnlySpan<byte> content)
        {
            using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }
    }

    private static void WriteLegacy(string path, List<byte> pickle, List<Tensor> storages)
    {
        using var file = File.Create(path);
        file.Write(LegacyStart);
        file.Write([.. pickle]);
        List<byte> keys = [0x80, 2];
        keys.AddRange("](");
        foreach (var i in Enumerable.Range(0, storages.Count))
        {
            keys.AddRange([(byte)'X', .. Int32(i.ToString(System.Globalization.CultureInfo.InvariantCulture).Length)]);
            keys.AddRange($"{i}");
        }

        keys.AddRange("e.");
        file.Write([.. keys]);
        Span<byte> count = stackalloc byte[8];
        foreach (var tensor in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, tensor.NumberOfElements);
            file.Write(count);
            file.Write(tensor.contiguous().bytes);
        }
    }

    private static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
