using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>The keys of a label column by the index of their class, with the values that they stand for, whatever their type.</summary>
/// <param name="count">How many there are.</param>
/// <param name="annotate">Adds the values; nothing where the keys have none.</param>
internal sealed class KeyLookup(int count, Action<SchemaDefinition.Column> annotate)
{
    public IDataView ToDataView(MLContext context)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Key)].ColumnType = new KeyDataViewType(typeof(uint), count);
        annotate(schema[nameof(Row.Key)]);
        return context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { Index = i, Key = (uint)i }), schema);
    }

    /// <summary>A class.</summary>
    internal sealed class Row
    {
        /// <summary>From 0.</summary>
        public int Index { get; set; }

        /// <summary>From 0: ML.NET makes keys, which count from 1, of the numbers of a class of rows.</summary>
        public uint Key { get; set; }
    }
}
