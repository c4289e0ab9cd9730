using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>Reads keys of any width as class indices.</summary>
internal static class KeyReader
{
    /// <summary>Keys count from 1; a missing one is 0.</summary>
    public static Func<int> Open(DataViewRow row, DataViewSchema.Column column, KeyDataViewType key) => key.RawType switch
    {
        var type when type == typeof(byte) => Of<byte>(row, column, static value => value),
        var type when type == typeof(ushort) => Of<ushort>(row, column, static value => value),
        var type when type == typeof(uint) => Of<uint>(row, column, static value => value),
        _ => Of<ulong>(row, column, static value => value),
    };

    /// <summary>Sets of keys.</summary>
    public static Func<IEnumerable<int>> OpenSet(DataViewRow row, DataViewSchema.Column column, KeyDataViewType key) => key.RawType switch
    {
        var type when type == typeof(byte) => SetOf<byte>(row, column, static value => value),
        var type when type == typeof(ushort) => SetOf<ushort>(row, column, static value => value),
        var type when type == typeof(uint) => SetOf<uint>(row, column, static value => value),
        _ => SetOf<ulong>(row, column, static value => value),
    };

    private static Func<int> Of<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen)
    {
        var getter = row.GetGetter<T>(column);
        var value = default(T)!;
        return () =>
        {
            getter(ref value);
            return checked((int)widen(value)) - 1;
        };
    }

    private static Func<IEnumerable<int>> SetOf<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        var values = default(VBuffer<T>);
        return () =>
        {
            getter(ref values);
            return values.DenseValues().Select(value => checked((int)widen(value)) - 1);
        };
    }
}
