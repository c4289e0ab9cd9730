using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <summary>
/// A graph in the making: nodes are added one after the other, each with the shape of its output. What an
/// <see cref="IOnnxArchitecture{TBackbone}"/> writes itself into.
/// </summary>
/// <remarks>Weights are copied, so that the network may change or be disposed afterwards. Not safe for use by several threads at once.</remarks>
public sealed partial class OnnxGraph
{
    /// <summary>The version of ONNX's operators that nodes are of.</summary>
    public const int OperatorSet = 17;

    /// <summary>With resizing in the graph, which has been antialiased since this version.</summary>
    internal const int OperatorSetOfPreprocessing = 18;

    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> constants = new(StringComparer.Ordinal);

    /// <summary>Makes an empty graph.</summary>
    internal OnnxGraph(string name, OnnxPrecision precision, int operatorSet)
    {
        (Precision, UsedOperatorSet) = (precision, operatorSet);
        Proto.Name = name;
    }

    /// <summary>The type of weights and intermediate values.</summary>
    public OnnxPrecision Precision { get; }

    internal int UsedOperatorSet { get; }

    internal GraphProto Proto { get; } = new();

    internal int ElementType => (int)(Precision == OnnxPrecision.Float16 ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float);

    /// <summary>A weight, as it is at this moment.</summary>
    /// <param name="tensor">Of any floating-point type, on any device.</param>
    /// <param name="name">What it is called; its name in the network helps.</param>
    /// <returns>The value, of the tensor's shape.</returns>
    public OnnxValue Weight(Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        using var scope = NewDisposeScope();
        var flat = tensor.detach().to(Precision == OnnxPrecision.Float16 ? ScalarType.Float16 : ScalarType.Float32, torch.CPU).contiguous();
        var proto = new TensorProto { Name = Unique(name), DataType = ElementType, RawData = ByteString.CopyFrom(flat.bytes) };
        proto.Dims.AddRange(tensor.shape);
        Proto.Initializer.Add(proto);
        return new OnnxValue(proto.Name, [.. tensor.shape.Select(size => (long?)size)]);
    }

    /// <summary>A number in the type of the weights.</summary>
    /// <param name="value">The number.</param>
    /// <returns>A scalar.</returns>
    public OnnxValue Scalar(double value)
    {
        var key = value.ToString("R", CultureInfo.InvariantCulture);
        if (!constants.TryGetValue(key, out var known))
        {
            using var scalar = tensor(value);
            constants[key] = known = Weight(scalar, $"constant_{key}");
        }

        return known;
    }

    /// <summary>Whole numbers, for shapes and axes.</summary>
    /// <param name="values">The numbers.</param>
    /// <returns>An Int64 vector.</returns>
    public OnnxValue Integers(params IReadOnlyList<long> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var key = $"integers_{string.Join('_', values)}";
        if (!constants.TryGetValue(key, out var known))
        {
            var proto = new TensorProto
            {
                Name = Unique(key),
                DataType = (int)TensorProto.Types.DataType.Int64,
                RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.ToArray().AsSpan())),
            };
            proto.Dims.Add(values.Count);
            Proto.Initializer.Add(proto);
            constants[key] = known = new OnnxValue(proto.Name, [values.Count]);
        }

        return known;
    }

    /// <summary>Any node of one output.</summary>
    /// <param name="operation">The operator, of ONNX's own domain, such as <c>Relu</c>.</param>
    /// <param name="inputs">Its inputs, in their order.</param>
    /// <param name="shape">The shape of its output.</param>
    /// <param name="attributes">Its attributes: long, float, string, or a list of long.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="ArgumentException">An attribute has another type.</exception>
    public OnnxValue Node(string operation, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<long?> shape, params IReadOnlyList<(string Name, object Value)> attributes) =>
        NodeOf(ElementType, operation, inputs, shape, attributes);

    /// <summary>The graph's input.</summary>
    internal OnnxValue Input(string name, int elementType, IReadOnlyList<(string? Name, long? Size)> shape)
    {
        Unique(name);
        Proto.Input.Add(Info(name, elementType, shape));
        return new OnnxValue(name, [.. shape.Select(dimension => dimension.Size)]);
    }

    /// <summary>Makes a value, in float32, an output of the graph.</summary>
    internal void Output(OnnxValue value, string name, string batch)
    {
        Unique(name);
        var node = new NodeProto { OpType = Precision == OnnxPrecision.Float16 ? "Cast" : "Identity", Name = $"{name}_node" };
        node.Input.Add(value.Name);
        node.Output.Add(name);
        if (Precision == OnnxPrecision.Float16)
        {
            node.Attribute.Add(Attribute("to", (long)TensorProto.Types.DataType.Float));
        }

        Proto.Node.Add(node);
        Proto.Output.Add(Info(name, (int)TensorProto.Types.DataType.Float, [.. value.Shape.Select((size, i) => i == 0 ? (batch, null) : ((string?)null, size))]));
    }

    private OnnxValue NodeOf(int elementType, string operation, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<long?> shape, params IReadOnlyList<(string Name, object Value)> attributes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(operation);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(attributes);
        var node = new NodeProto { OpType = operation, Name = Unique(operation.ToLowerInvariant()) };
        node.Input.AddRange(inputs.Select(input => input.Name));
        node.Attribute.AddRange(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        var output = new OnnxValue($"{node.Name}_out", [.. shape]);
        names.Add(output.Name);
        node.Output.Add(output.Name);
        Proto.Node.Add(node);
        Proto.ValueInfo.Add(Info(output.Name, elementType, [.. shape.Select(size => ((string?)null, size))]));
        return output;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long whole:
                (attribute.Type, attribute.I) = (AttributeProto.Types.AttributeType.Int, whole);
                break;
            case float real:
                (attribute.Type, attribute.F) = (AttributeProto.Types.AttributeType.Float, real);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case IReadOnlyList<long> list:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(list);
                break;
            default:
                throw new ArgumentException($"The attribute '{name}' is a {value?.GetType().Name ?? "null"}; it must be a long, float, string or list of long.", nameof(value));
        }

        return attribute;
    }

    private static ValueInfoProto Info(string name, int elementType, IReadOnlyList<(string? Name, long? Size)> shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (var (symbol, size) in shape)
        {
            dimensions.Dim.Add(size is { } known ? new TensorShapeProto.Types.Dimension { DimValue = known } : symbol is null ? new TensorShapeProto.Types.Dimension() : new TensorShapeProto.Types.Dimension { DimParam = symbol });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = elementType, Shape = dimensions } } };
    }

    private string Unique(string name)
    {
        var free = name;
        for (var i = 1; !names.Add(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
        }

        return free;
    }
}
