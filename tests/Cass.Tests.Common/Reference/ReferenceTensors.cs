using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Reference;

/// <summary>
/// The tests' own reader of safetensors, independent of the product's: 8-byte little-endian header length, JSON
/// header, raw little-endian data.
/// </summary>
public sealed class ReferenceTensors
{
    private readonly Dictionary<string, (ScalarType Type, long[] Shape, byte[] Data)> entries = new(StringComparer.Ordinal);

    private ReferenceTensors(string name)
    {
        Name = name;
    }

    public string Name { get; }

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Keys => entries.Keys;

    /// <summary>A fresh tensor; the caller, or its dispose scope, owns it.</summary>
    public Tensor this[string key]
    {
        get
        {
            var (type, shape, data) = entries[key];
            return type switch
            {
                ScalarType.Float32 => tensor(MemoryMarshal.Cast<byte, float>(data).ToArray(), shape),
                ScalarType.Float64 => tensor(MemoryMarshal.Cast<byte, double>(data).ToArray(), shape),
                ScalarType.Int64 => tensor(MemoryMarshal.Cast<byte, long>(data).ToArray(), shape),
                ScalarType.Byte => tensor(data, shape),
                ScalarType.Bool => tensor(data, shape).to(ScalarType.Bool),
                _ => throw new NotSupportedException($"{Name}: {key} is {type}."),
            };
        }
    }

    public bool Contains(string key) => entries.ContainsKey(key);

    public long[] ShapeOf(string key) => entries[key].Shape;

    public byte[] BytesOf(string key) => entries[key].Data;

    public float[] FloatsOf(string key) => MemoryMarshal.Cast<byte, float>(entries[key].Data).ToArray();

    public double[] DoublesOf(string key) => MemoryMarshal.Cast<byte, double>(entries[key].Data).ToArray();

    public long[] LongsOf(string key) => MemoryMarshal.Cast<byte, long>(entries[key].Data).ToArray();

    public static ReferenceTensors Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        var result = new ReferenceTensors(System.IO.Path.GetFileName(path));
        foreach (var property in header.RootElement.EnumerateObject())
        {
            if (property.NameEquals("__metadata__"))
            {
                foreach (var item in property.Value.EnumerateObject())
                {
                    result.Metadata[item.Name] = item.Value.GetString()!;
                }

                continue;
            }

            var type = property.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => ScalarType.Float32,
                "F64" => ScalarType.Float64,
                "I64" => ScalarType.Int64,
                "U8" => ScalarType.Byte,
                "BOOL" => ScalarType.Bool,
                var other => throw new NotSupportedException($"{path}: dtype {other}."),
            };
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            var offsets = property.Value.GetProperty("data_offsets");
            var begin = offsets[0].GetInt32();
            var end = offsets[1].GetInt32();
            result.entries[property.Name] = (type, shape, bytes[(8 + length + begin)..(8 + length + end)]);
        }

        return result;
    }
}
