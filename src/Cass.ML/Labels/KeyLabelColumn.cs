using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>One class a row, as a key. A missing key is a missing label.</summary>
internal sealed class KeyLabelColumn(DataViewSchema.Column column) : LabelColumn(column.Name, ClassesOf(column, (KeyDataViewType)column.Type))
{
    /// <summary>The classes as keys like those of the column.</summary>
    public KeyLookup Lookup => new(Labels.Count, KeyValues.CopyFrom(column));

    public override Func<IReadOnlyList<int>?> Open(DataViewRow row)
    {
        var read = KeyReader.Open(row, row.Schema[Name], (KeyDataViewType)column.Type);
        return () => read() is var id and >= 0 ? [id] : null;
    }
}
