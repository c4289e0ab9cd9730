using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>A file of named tensors that are read one at a time.</summary>
public interface IStateDictFile : IDisposable
{
    /// <summary>Names of the tensors, in the file's order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Type and shape of a tensor, without reading it.</summary>
    /// <param name="name">A member of <see cref="Names"/>.</param>
    /// <returns>What the file says of it.</returns>
    /// <exception cref="CassInputException">The file has no tensor of that name.</exception>
    StateDictEntry Entry(string name);

    /// <summary>Reads a tensor into new memory.</summary>
    /// <param name="name">A member of <see cref="Names"/>.</param>
    /// <returns>A tensor on the CPU; the caller, or its dispose scope, owns it.</returns>
    /// <exception cref="CassInputException">The file has no tensor of that name, or TorchSharp has no type for it.</exception>
    Tensor Read(string name);

    /// <summary>Reads a tensor into memory that is there, converting type and device as needed; outside autograd.</summary>
    /// <param name="name">A member of <see cref="Names"/>.</param>
    /// <param name="destination">A tensor of the same number of elements; its shape may differ, its order of elements counts.</param>
    /// <exception cref="CassInputException">The file has no tensor of that name, or TorchSharp has no type for it.</exception>
    /// <exception cref="ArgumentException">The destination has another number of elements.</exception>
    void CopyTo(string name, Tensor destination);
}
