using Google.Protobuf;
using Onnx;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// The constants of an ONNX model's graph as named tensors. What a matrix product takes on its right is turned round, so that
/// weights of linear layers are [outputs, inputs] as in PyTorch. Nothing of the graph is run.
/// </summary>
/// <remarks>
/// Weights may lie in files beside the model, in its folder or below; what names another place is refused. Not for use from several
/// threads at a time.
/// </remarks>
public sealed class OnnxFile : IStateDictFile
{
    private const long LargestModel = int.MaxValue;
    private readonly string path;
    private readonly Dictionary<string, OnnxInitializer> initializers;

    private OnnxFile(string path, IReadOnlyList<string> names, Dictionary<string, OnnxInitializer> initializers, IReadOnlyList<OnnxConvolution> convolutions)
    {
        (this.path, Names, this.initializers, Convolutions) = (path, names, initializers, convolutions);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The graph's convolutions with constant weights, in its order.</summary>
    internal IReadOnlyList<OnnxConvolution> Convolutions { get; }

    /// <summary>Opens a model and reads its graph.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="WeightFileException">It is damaged, is no ONNX model, or names weights outside its folder.</exception>
    /// <exception cref="CassInputException">It is not there or cannot be read.</exception>
    public static OnnxFile Open(string path)
    {
        using var mapped = MappedFile.Open(path);
        if (mapped.Length > LargestModel)
        {
            throw new WeightFileException(path, $"has {mapped.Length} bytes; an ONNX model has less than 2 GiB, and larger weights beside it.");
        }

        try
        {
            var model = ModelProto.Parser.ParseFrom(mapped.Read(0, (int)mapped.Length));
            return model.Graph is { } graph
                ? Of(path, graph)
                : throw new FormatException("has no graph; it is no ONNX model.");
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new WeightFileException(path, $"is no whole ONNX model: {error.Message}", error);
        }
        catch (FormatException error)
        {
            throw new WeightFileException(path, error.Message, error);
        }
    }

    /// <summary>Whether a file begins as ONNX models do: with the version of the format, a small number, and the producer or the graph.</summary>
    internal static bool Begins(ReadOnlySpan<byte> start) => start.Length > 3 && start[0] == 0x08 && start[1] is > 0 and < 32 && start[2] is 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42 or 0x72;

    /// <inheritdoc/>
    public StateDictEntry Entry(string name) => Find(name).Entry;

    /// <inheritdoc/>
    public Tensor Read(string name) => Find(name).Read();

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        var found = Find(name);
        using var read = found.Read();
        StateDictReader.CopyTo(found.Entry, read.dtype, destination, filled => filled.copy_(read.view(filled.shape)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static OnnxFile Of(string path, GraphProto graph)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var matrices = graph.Node.Where(IsMatrixProduct).Select(node => node.Input[1]).ToHashSet(StringComparer.Ordinal);
        var constants = new Dictionary<string, OnnxInitializer>(StringComparer.Ordinal);
        var used = graph.Node.SelectMany(node => node.Input).ToHashSet(StringComparer.Ordinal);
        foreach (var proto in graph.Initializer.Where(proto => used.Contains(proto.Name) || graph.Node.Count == 0))
        {
            if (proto.Name.Length > 0 && !constants.TryAdd(proto.Name, new OnnxInitializer(proto, folder, matrices.Contains(proto.Name))))
            {
                throw new FormatException($"names '{proto.Name}' twice.");
            }
        }

        return new OnnxFile(path, [.. constants.Keys], constants, [.. ConvolutionsOf(graph, constants)]);
    }

    /// <summary>A MatMul, or a Gemm that does not turn its second matrix round itself.</summary>
    private static bool IsMatrixProduct(NodeProto node) => node.Input.Count >= 2
        && (node.OpType is "MatMul" || (node.OpType is "Gemm" && node.Attribute.FirstOrDefault(attribute => attribute.Name is "transB") is not { I: 1 }));

    private static IEnumerable<OnnxConvolution> ConvolutionsOf(GraphProto graph, Dictionary<string, OnnxInitializer> initializers)
    {
        var norms = graph.Node.Where(node => node is { OpType: "BatchNormalization", Input.Count: >= 5 }).ToLookup(node => node.Input[0], StringComparer.Ordinal);
        var depths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            // Nodes come after those that they take from.
            var depth = 1 + node.Input.Select(input => depths.GetValueOrDefault(input)).DefaultIfEmpty().Max();
            foreach (var output in node.Output)
            {
                depths[output] = depth;
            }

            if (node is { OpType: "Conv", Input.Count: >= 2, Output.Count: 1 } && initializers.TryGetValue(node.Input[1], out var weight))
            {
                var bias = node.Input.Count > 2 ? initializers.GetValueOrDefault(node.Input[2]) : null;
                yield return new OnnxConvolution(weight, bias, NormOf(norms[node.Output[0]].FirstOrDefault(), initializers), depth);
            }
        }
    }

    private static OnnxBatchNorm? NormOf(NodeProto? node, Dictionary<string, OnnxInitializer> initializers)
    {
        const double UsualEpsilon = 1e-5;
        return node is not null
            && initializers.TryGetValue(node.Input[1], out var scale)
            && initializers.TryGetValue(node.Input[2], out var bias)
            && initializers.TryGetValue(node.Input[3], out var mean)
            && initializers.TryGetValue(node.Input[4], out var variance)
            ? new OnnxBatchNorm(scale, bias, mean, variance, node.Attribute.FirstOrDefault(attribute => attribute.Name is "epsilon")?.F ?? UsualEpsilon)
            : null;
    }

    private OnnxInitializer Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return initializers.TryGetValue(name, out var found) ? found
            : throw new CassInputException($"'{path}' has no tensor '{name}'{NearestNames.Suggest(name, Names, otherwise: ".")}");
    }
}
