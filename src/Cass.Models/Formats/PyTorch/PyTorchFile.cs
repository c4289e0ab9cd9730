using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// A file that <c>torch.save</c> wrote (<c>.pth</c>, <c>.pt</c>, <c>.bin</c>), in the zip format of PyTorch 1.6 and later
/// or in the older one. Its pickle is read by a reader that knows tensors, dictionaries and numbers; objects of any class
/// beside them, such as a program's arguments, are passed over. No code is ever run, and a file that is made to run a
/// command is refused.
/// </summary>
/// <remarks>
/// Tensors in dictionaries within the dictionary are named by both keys, joined by a dot: <c>state_dict.conv1.weight</c>.
/// Not for use from several threads at a time.
/// </remarks>
public sealed class PyTorchFile : IStateDictFile
{
    private readonly MappedFile file;
    private readonly Dictionary<string, (PickledTensor Tensor, long Offset, StateDictEntry Entry)> tensors;

    private PyTorchFile(MappedFile file, IReadOnlyList<string> names, Dictionary<string, (PickledTensor Tensor, long Offset, StateDictEntry Entry)> tensors)
    {
        this.file = file;
        Names = names;
        this.tensors = tensors;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens a file and reads its description; the tensors are read later.</summary>
    /// <param name="path">The file. It must not be shortened while it is open.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="WeightFileException">It is damaged, of another format, holds an object in place of a dictionary of tensors, or is made to run a command.</exception>
    /// <exception cref="CassInputException">It is not there or cannot be read.</exception>
    public static PyTorchFile Open(string path)
    {
        var mapped = MappedFile.Open(path);
        try
        {
            return Open(mapped);
        }
        catch (FormatException exception)
        {
            mapped.Dispose();
            throw new WeightFileException(path, exception.Message, exception.InnerException);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StateDictEntry Entry(string name) => Find(name).Entry;

    /// <inheritdoc/>
    public Tensor Read(string name)
    {
        var (tensor, offset, entry) = Find(name);
        return StateDictReader.Read(entry, tensor.Type, Filler(tensor, offset));
    }

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        var (tensor, offset, entry) = Find(name);
        StateDictReader.CopyTo(entry, tensor.Type, destination, Filler(tensor, offset));
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static PyTorchFile Open(MappedFile mapped)
    {
        var start = mapped.Read(0, (int)Math.Min(mapped.Length, PyTorchArchive.SignatureLength));
        var (root, locate) = PyTorchArchive.IsZip(start) ? PyTorchArchive.ReadZip(mapped)
            : PyTorchArchive.IsLegacy(start) ? PyTorchArchive.ReadLegacy(mapped)
            : throw new FormatException("is not a file of torch.save.");
        var found = PickledTensors.In(root, mapped.Length);
        var placed = new Dictionary<string, (PickledTensor Tensor, long Offset, StateDictEntry Entry)>(StringComparer.Ordinal);
        foreach (var (name, tensor) in found)
        {
            var (offset, length) = locate(tensor.Storage);
            if (tensor.Storage.Count > length / tensor.Storage.ElementSize)
            {
                throw new FormatException($"has a storage '{tensor.Storage.Key}' of {length} bytes where {tensor.Storage.Count} {tensor.Storage.TypeName} elements are due.");
            }

            var first = offset + (tensor.Offset * PickledTypes.SizeOf(tensor.Type));
            if (!placed.TryAdd(name, (tensor, first, new StateDictEntry(name, tensor.Type, tensor.Storage.TypeName, tensor.Shape))))
            {
                throw new FormatException($"names '{name}' twice.");
            }
        }

        return new PyTorchFile(mapped, [.. found.Select(pair => pair.Key)], placed);
    }

    /// <summary>Fills a contiguous tensor from the storage, through a copy of the part in use where the strides are others.</summary>
    private Action<Tensor> Filler(PickledTensor tensor, long offset) => destination =>
    {
        if (tensor.IsContiguous || tensor.Span == 0)
        {
            file.Read(offset, destination);
            return;
        }

        using var storage = empty(tensor.Span, dtype: destination.dtype);
        file.Read(offset, storage);
        using var strided = storage.as_strided(tensor.Shape, tensor.Strides);
        using var shaped = destination.view(tensor.Shape);
        shaped.copy_(strided);
    };

    private (PickledTensor Tensor, long Offset, StateDictEntry Entry) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return tensors.TryGetValue(name, out var found) ? found
            : throw new CassInputException($"'{file.Path}' has no tensor '{name}'{NearestNames.Suggest(name, Names, otherwise: ".")}");
    }
}
