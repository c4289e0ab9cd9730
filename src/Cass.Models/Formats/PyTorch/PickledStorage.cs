using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>A reference to a storage: memory that tensors share.</summary>
/// <param name="TypeName">PyTorch's name of its type, such as <c>FloatStorage</c>.</param>
/// <param name="Type">The type of its elements; null where the tensor says it.</param>
/// <param name="Key">Its name among the file's storages.</param>
/// <param name="Count">Number of elements; of bytes where there is no type.</param>
internal sealed record PickledStorage(string TypeName, ScalarType? Type, string Key, long Count)
{
    /// <summary>Size of an element in bytes; 1 for an untyped storage.</summary>
    public int ElementSize => Type is { } type ? PickledTypes.SizeOf(type) : 1;
}
