using Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>A constant tensor of an ONNX graph: in the file, or in one beside it.</summary>
internal sealed class OnnxInitializer
{
    private readonly TensorProto proto;
    private readonly string folder;
    private readonly bool isTransposed;

    /// <param name="proto">The tensor.</param>
    /// <param name="folder">Where the model lies; weights beside it lie there or below.</param>
    /// <param name="isTransposed">Whether it is read as its transpose: what a matrix product takes on its right is [inputs, outputs].</param>
    /// <exception cref="FormatException">Its shape and its values do not fit, or its values lie outside the folder.</exception>
    public OnnxInitializer(TensorProto proto, string folder, bool isTransposed)
    {
        (this.proto, this.folder, this.isTransposed) = (proto, folder, isTransposed && proto.Dims.Count == 2);
        var type = (TensorProto.Types.DataType)proto.DataType;
        long[] shape = [.. proto.Dims];
        var count = 1L;
        foreach (var size in shape)
        {
            count = size < 0 || (size > 0 && count > int.MaxValue / size)
                ? throw new FormatException($"has a tensor '{proto.Name}' of the shape [{string.Join(", ", shape)}], which is none.")
                : count * size;
        }

        Entry = new StateDictEntry(proto.Name, TypeOf(type), type.ToString(), this.isTransposed ? [shape[1], shape[0]] : shape);
        RequireValues(count, SizeOf(type));
    }

    public StateDictEntry Entry { get; }

    /// <summary>The tensor, on the CPU.</summary>
    /// <exception cref="CassInputException">TorchSharp has no type for it, or its values cannot be read.</exception>
    public Tensor Read()
    {
        var type = Entry.Type ?? throw new CassInputException($"The tensor '{Entry.Name}' is {Entry.TypeName}, which TorchSharp does not have.");
        TorchBackend.EnsureLoaded();
        var read = empty([.. proto.Dims], dtype: type);
        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
        {
            var (path, offset, _) = External();
            using var file = MappedFile.Open(path);
            file.Read(offset, read);
        }
        else if (proto.RawData.Length > 0)
        {
            proto.RawData.Span.CopyTo(read.bytes);
        }
        else if (type == ScalarType.Float32)
        {
            using var values = tensor(proto.FloatData.ToArray());
            using var shaped = values.view(read.shape);
            read.copy_(shaped);
        }
        else
        {
            using var values = type == ScalarType.Float64 ? tensor(proto.DoubleData.ToArray()) : tensor(proto.Int64Data.ToArray());
            using var shaped = values.view(read.shape);
            read.copy_(shaped);
        }

        if (!isTransposed)
        {
            return read;
        }

        using (read)
        {
            using var transposed = read.t();
            return transposed.contiguous();
        }
    }

    private static ScalarType? TypeOf(TensorProto.Types.DataType type) => type switch
    {
        TensorProto.Types.DataType.Float => ScalarType.Float32,
        TensorProto.Types.DataType.Float16 => ScalarType.Float16,
        TensorProto.Types.DataType.Bfloat16 => ScalarType.BFloat16,
        TensorProto.Types.DataType.Double => ScalarType.Float64,
        TensorProto.Types.DataType.Int64 => ScalarType.Int64,
        _ => null,
    };

    private static int SizeOf(TensorProto.Types.DataType type) => type switch
    {
        TensorProto.Types.DataType.Float => sizeof(float),
        TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16 => sizeof(ushort),
        TensorProto.Types.DataType.Double or TensorProto.Types.DataType.Int64 => sizeof(long),
        _ => 0,
    };

    private void RequireValues(long count, int size)
    {
        if (Entry.Type is null)
        {
            return;
        }

        var found = proto.DataLocation == TensorProto.Types.DataLocation.External ? External().Length / (double)size
            : proto.RawData.Length > 0 ? proto.RawData.Length / (double)size
            : Entry.Type switch
            {
                ScalarType.Float32 => proto.FloatData.Count,
                ScalarType.Float64 => proto.DoubleData.Count,
                ScalarType.Int64 => proto.Int64Data.Count,
                _ => 0,
            };
        if (found != count)
        {
            throw new FormatException($"has a tensor '{Entry.Name}' of the shape [{string.Join(", ", proto.Dims)}] with values for {found} elements.");
        }
    }

    /// <summary>Where the values lie beside the model.</summary>
    private (string Path, long Offset, long Length) External()
    {
        string? location = null;
        var (offset, length) = (0L, -1L);
        foreach (var entry in proto.ExternalData)
        {
            switch (entry.Key)
            {
                case "location":
                    location = entry.Value;
                    break;
                case "offset":
                    offset = Number(entry.Value);
                    break;
                case "length":
                    length = Number(entry.Value);
                    break;
            }
        }

        if (string.IsNullOrEmpty(location) || Path.IsPathRooted(location) || location.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            throw new FormatException($"keeps the values of '{Entry.Name}' in '{location}', which is not within its folder; that is not read.");
        }

        var path = Path.Combine(folder, location);
        var file = new FileInfo(path);
        if (!file.Exists || file.LinkTarget is not null)
        {
            throw new FormatException($"keeps the values of '{Entry.Name}' in '{location}', {(file.Exists ? "a link, which is not followed" : "which is not beside it")}; put the file itself there.");
        }

        length = length < 0 ? file.Length - offset : length;
        return offset > file.Length || length > file.Length - offset
            ? throw new FormatException($"keeps the values of '{Entry.Name}' at bytes {offset} to {offset + length} of '{location}', which has {file.Length}.")
            : (path, offset, length);
    }

    private long Number(string text) => long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FormatException($"keeps the values of '{Entry.Name}' at '{text}', which is no place in a file.");
}
