using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>Any number of classes a row, as a vector of one value for each class.</summary>
/// <typeparam name="T">Of the values.</typeparam>
/// <param name="column">The column, whose slots' names are the classes.</param>
/// <param name="isSet">Whether a value stands for the class; null where it stands for nothing.</param>
internal sealed class IndicatorLabelColumn<T>(DataViewSchema.Column column, Func<T, bool?> isSet)
    : LabelColumn(column.Name, new LabelMap(NamesOf(column)))
{
    public override Func<IReadOnlyList<int>?> Open(DataViewRow row)
    {
        var getter = row.GetGetter<VBuffer<T>>(row.Schema[Name]);
        var values = default(VBuffer<T>);
        return () =>
        {
            getter(ref values);
            return [.. values.DenseValues().Select((value, i) => IsSet(value, row.Position) ? i : -1).Where(i => i >= 0)];
        };
    }

    private static IReadOnlyList<string> NamesOf(DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
        {
            return Numbers(((VectorDataViewType)column.Type).Size);
        }

        var names = default(VBuffer<ReadOnlyMemory<char>>);
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private bool IsSet(T value, long position) => isSet(value)
        ?? throw new CassInputException($"Row {position} of the label column '{Name}' has the value {value}; 1 says that an image is of a class, 0 that it is not.");
}
