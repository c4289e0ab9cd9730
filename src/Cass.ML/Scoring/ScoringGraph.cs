using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Onnx;

namespace Cass.ML;

/// <summary>
/// Puts exported networks together as one ONNX model that ML.NET's <c>ApplyOnnxModel</c> takes: one image at a time, from a vector whose
/// length it does not know, to vectors whose length it does, with the names of their slots.
/// </summary>
internal sealed class ScoringGraph
{
    private const int IrVersion = 8;
    private const int OperatorSet = 17;
    private const long Channels = 3;
    private const string SlotDomain = "ai.onnx.ml";
    private const int SlotOperatorSet = 2;
    private readonly GraphProto graph = new() { Name = "cass_ml" };
    private readonly string images;

    /// <summary>Begins with the input.</summary>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    public ScoringGraph(int height, int width)
    {
        // ML.NET gives a vector of unknown length to an input with one unknown dimension after the first.
        graph.Input.Add(Info(ScoringColumns.Pixels, TensorProto.Types.DataType.Float, [1, null]));
        images = Reshape(ScoringColumns.Pixels, "cass_images", [1, Channels, height, width]);
    }

    /// <summary>Adds a network.</summary>
    /// <param name="path">What Cass.Onnx wrote, with its weights inside; of one input, of images, and one output.</param>
    /// <returns>The name of the output, [1, count].</returns>
    public string Add(string path)
    {
        var network = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
        var prefix = FormattableString.Invariant($"network{graph.Node.Count}_");
        string Rename(string name) => name.Length == 0 ? name : string.Equals(name, network.Input[0].Name, StringComparison.Ordinal) ? images : prefix + name;
        foreach (var weight in network.Initializer)
        {
            weight.Name = Rename(weight.Name);
            graph.Initializer.Add(weight);
        }

        foreach (var node in network.Node)
        {
            node.Name = prefix + node.Name;
            Replace(node.Input, Rename);
            Replace(node.Output, Rename);
            graph.Node.Add(node);
        }

        return Rename(network.Output[0].Name);
    }

    /// <summary>The mean of values of one shape.</summary>
    public string Mean(IReadOnlyList<string> values) => values.Count == 1 ? values[0] : Node("Mean", "cass_mean", values);

    /// <summary>Values side by side: [1, the sum of their counts].</summary>
    public string Concatenate(IReadOnlyList<string> values) => values.Count == 1 ? values[0] : Node("Concat", "cass_concatenated", values, new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });

    /// <summary>Which values are above their thresholds, as Boolean output.</summary>
    /// <param name="values">An output, [count].</param>
    /// <param name="thresholds">One for each; compared with as if the values were doubles.</param>
    /// <param name="column">The name of the output.</param>
    public void OutputAbove(string values, IReadOnlyList<double> thresholds, string column)
    {
        var floors = Weight("cass_thresholds", TensorProto.Types.DataType.Float, [thresholds.Count], MemoryMarshal.AsBytes(thresholds.Select(Floor).ToArray().AsSpan()));
        Node("Greater", column, [values, floors]);
        graph.Output.Add(Info(column, TensorProto.Types.DataType.Bool, [thresholds.Count]));
    }

    /// <summary>Makes a value an output.</summary>
    /// <param name="values">[1, count].</param>
    /// <param name="count">How many there are.</param>
    /// <param name="column">The name of the output.</param>
    public void Output(string values, int count, string column)
    {
        Reshape(values, column, [count]);
        graph.Output.Add(Info(column, TensorProto.Types.DataType.Float, [count]));
    }

    /// <summary>Names the slots of an output: ML.NET reads them off a node that computes nothing of use.</summary>
    public void NameSlots(string column, IReadOnlyList<string> names)
    {
        var input = new TensorProto { Name = $"{column}_slot", DataType = (int)TensorProto.Types.DataType.String };
        input.Dims.Add(1);
        input.StringData.Add(ByteString.CopyFromUtf8(names[0]));
        graph.Initializer.Add(input);
        var keys = new AttributeProto { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings };
        keys.Strings.AddRange(names.Select(ByteString.CopyFromUtf8));
        var values = new AttributeProto { Name = "values_int64s", Type = AttributeProto.Types.AttributeType.Ints };
        values.Ints.AddRange(names.Select((_, i) => (long)i));
        Node("LabelEncoder", $"{column}_slot_index", [input.Name], keys, values);
        graph.Node[^1].Domain = SlotDomain;
        graph.Node[^1].Name = $"mlnet.{column}.SlotNames";
    }

    /// <summary>The bytes of the model.</summary>
    public byte[] ToBytes()
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "CASS for .NET", Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = OperatorSet });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = SlotDomain, Version = SlotOperatorSet });
        return model.ToByteArray();
    }

    /// <summary>The largest float that is not above a number: a float is above the one where it is above the other.</summary>
    private static float Floor(double value)
    {
        var nearest = (float)value;
        return nearest > value ? MathF.BitDecrement(nearest) : nearest;
    }

    private static ValueInfoProto Info(string name, TensorProto.Types.DataType type, IReadOnlyList<long?> shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.AddRange(shape.Select(size => size is { } known ? new TensorShapeProto.Types.Dimension { DimValue = known } : new TensorShapeProto.Types.Dimension { DimParam = "length" }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions } } };
    }

    private static void Replace(RepeatedField<string> names, Func<string, string> rename)
    {
        for (var i = 0; i < names.Count; i++)
        {
            names[i] = rename(names[i]);
        }
    }

    private string Reshape(string value, string output, long[] shape) =>
        Node("Reshape", output, [value, Weight($"{output}_shape", TensorProto.Types.DataType.Int64, [shape.Length], MemoryMarshal.AsBytes(shape.AsSpan()))]);

    private string Weight(string name, TensorProto.Types.DataType type, IReadOnlyList<long> shape, ReadOnlySpan<byte> data)
    {
        var weight = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        weight.Dims.AddRange(shape);
        graph.Initializer.Add(weight);
        return name;
    }

    private string Node(string operation, string output, IReadOnlyList<string> inputs, params IReadOnlyList<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"{output}_node" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return output;
    }
}
