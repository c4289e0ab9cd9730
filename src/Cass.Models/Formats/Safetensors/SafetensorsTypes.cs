using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>The element types of the safetensors format.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType? Type, int Bits)[] All =
    [
        ("BOOL", ScalarType.Bool, 8),
        ("U8", ScalarType.Byte, 8),
        ("I8", ScalarType.Int8, 8),
        ("I16", ScalarType.Int16, 16),
        ("I32", ScalarType.Int32, 32),
        ("I64", ScalarType.Int64, 64),
        ("F16", ScalarType.Float16, 16),
        ("BF16", ScalarType.BFloat16, 16),
        ("F32", ScalarType.Float32, 32),
        ("F64", ScalarType.Float64, 64),
        ("C64", ScalarType.ComplexFloat32, 64),
        ("U16", null, 16),
        ("U32", null, 32),
        ("U64", null, 64),
        ("F8_E4M3", null, 8),
        ("F8_E5M2", null, 8),
        ("F8_E8M0", null, 8),
        ("F8_E4M3FNUZ", null, 8),
        ("F8_E5M2FNUZ", null, 8),
        ("F6_E2M3", null, 6),
        ("F6_E3M2", null, 6),
        ("F4", null, 4),
    ];

    /// <summary>TorchSharp's type, if it has it, and the number of bits of an element; null for a name that the format does not have.</summary>
    public static (ScalarType? Type, int Bits)? Find(string name)
    {
        foreach (var (candidate, type, bits) in All)
        {
            if (string.Equals(candidate, name, StringComparison.Ordinal))
            {
                return (type, bits);
            }
        }

        return null;
    }

    /// <summary>The format's name of a type, or null where it has none.</summary>
    public static string? NameOf(ScalarType type)
    {
        foreach (var (name, candidate, _) in All)
        {
            if (candidate == type)
            {
                return name;
            }
        }

        return null;
    }
}
