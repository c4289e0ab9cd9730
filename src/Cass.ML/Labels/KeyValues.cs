using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>What the keys of a column stand for: an annotation, whose type is the labels' own.</summary>
internal static class KeyValues
{
    private const string Kind = "KeyValues";

    /// <summary>The values as text, in the order of the keys; null where there are none.</summary>
    public static IReadOnlyList<string>? Names(DataViewSchema.Column column) =>
        TypeOf(column) is { } type ? (IReadOnlyList<string>)Generic(nameof(NamesOf), type).Invoke(null, [column])! : null;

    /// <summary>Gives a column the values of another one, where that has any.</summary>
    public static Action<SchemaDefinition.Column> CopyFrom(DataViewSchema.Column column) =>
        TypeOf(column) is { } type ? (Action<SchemaDefinition.Column>)Generic(nameof(CopyOf), type).Invoke(null, [column])! : static _ => { };

    private static VectorDataViewType? TypeOf(DataViewSchema.Column column) => column.Annotations.Schema.GetColumnOrNull(Kind)?.Type as VectorDataViewType;

    private static MethodInfo Generic(string method, VectorDataViewType type) =>
        typeof(KeyValues).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.ItemType.RawType);

    private static string[] NamesOf<T>(DataViewSchema.Column column) =>
        [.. ValuesOf<T>(column).DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty)];

    private static Action<SchemaDefinition.Column> CopyOf<T>(DataViewSchema.Column column)
    {
        var (values, type) = (ValuesOf<T>(column), TypeOf(column)!);
        return target => target.AddAnnotation(Kind, values, type);
    }

    private static VBuffer<T> ValuesOf<T>(DataViewSchema.Column column)
    {
        var values = default(VBuffer<T>);
        column.Annotations.GetValue(Kind, ref values);
        return values;
    }
}
