using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>A column of labels: the classes, and which of them a row has.</summary>
internal abstract class LabelColumn(string name, LabelMap labels)
{
    public string Name { get; } = name;

    public LabelMap Labels { get; } = labels;

    /// <summary>Reads one row after the other.</summary>
    /// <param name="row">The cursor, which is moved by the caller.</param>
    /// <returns>What gives the classes of the row at which the cursor is; null where its label is missing.</returns>
    public abstract Func<IReadOnlyList<int>?> Open(DataViewRow row);

    /// <summary>The column of single labels.</summary>
    /// <exception cref="CassInputException">There is no such column, or it is no key.</exception>
    public static KeyLabelColumn Single(DataViewSchema schema, string name)
    {
        var column = Find(schema, name);
        return column.Type is KeyDataViewType
            ? new KeyLabelColumn(column)
            : throw new CassInputException($"The label column '{name}' is of type {column.Type}; make it a key by mlContext.Transforms.Conversion.MapValueToKey(\"{name}\").");
    }

    /// <summary>The column of sets of labels.</summary>
    /// <exception cref="CassInputException">There is no such column, or it holds neither sets of keys nor a number for each class.</exception>
    public static LabelColumn Several(DataViewSchema schema, string name)
    {
        var column = Find(schema, name);
        return column.Type switch
        {
            VectorDataViewType { ItemType: KeyDataViewType } => new KeySetLabelColumn(column),
            VectorDataViewType { IsKnownSize: true } vector when vector.ItemType == NumberDataViewType.Single => new IndicatorLabelColumn<float>(column, static value => value switch { 0 => false, 1 => true, _ => null }),
            VectorDataViewType { IsKnownSize: true } vector when vector.ItemType == BooleanDataViewType.Instance => new IndicatorLabelColumn<bool>(column, static value => value),
            _ => throw new CassInputException($"The label column '{name}' is of type {column.Type}; the labels of an image are a vector of keys, by mlContext.Transforms.Conversion.MapValueToKey(\"{name}\") of a vector of text, or a vector of known size of Boolean or of 0 and 1 (Single), one for each class."),
        };
    }

    /// <summary>The classes of keys, in their order: their values as text, or their numbers where they have none.</summary>
    protected static LabelMap ClassesOf(DataViewSchema.Column column, KeyDataViewType key)
    {
        if (key.Count > int.MaxValue)
        {
            throw new CassInputException($"The label column '{column.Name}' is a key of {key.Count} values; a network cannot tell so many classes apart.");
        }

        return new LabelMap(KeyValues.Names(column) ?? Numbers((int)key.Count));
    }

    private protected static IReadOnlyList<string> Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    private static DataViewSchema.Column Find(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) ?? throw ImageColumnKinds.Missing(name, schema.Select(column => column.Name));
}
