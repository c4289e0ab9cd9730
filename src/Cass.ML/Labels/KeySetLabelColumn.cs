using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>Any number of classes a row, as a vector of keys. Missing keys say nothing; a row without any is of no class.</summary>
internal sealed class KeySetLabelColumn(DataViewSchema.Column column) : LabelColumn(column.Name, ClassesOf(column, KeyOf(column)))
{
    public override Func<IReadOnlyList<int>?> Open(DataViewRow row)
    {
        var read = KeyReader.OpenSet(row, row.Schema[Name], KeyOf(column));
        return () => [.. read().Where(id => id >= 0).Distinct()];
    }

    private static KeyDataViewType KeyOf(DataViewSchema.Column column) => (KeyDataViewType)((VectorDataViewType)column.Type).ItemType;
}
