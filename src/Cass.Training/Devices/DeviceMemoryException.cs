namespace Cass.Training;

/// <summary>What is to be computed does not fit the memory of its device: a step, networks, or images to predict.</summary>
public sealed class DeviceMemoryException : CassException
{
    internal DeviceMemoryException(string message, int? batchSizeThatFits, Exception innerException)
        : base(message, innerException)
    {
        BatchSizeThatFits = batchSizeThatFits;
    }

    /// <summary>The largest halving of a training batch that was tried and fits; null where none does, and outside of training steps.</summary>
    public int? BatchSizeThatFits { get; }

    /// <summary>
    /// Whether an exception of another kind says that memory ran out: libtorch's, which TorchSharp passes on as
    /// <see cref="System.Runtime.InteropServices.ExternalException"/> whatever the cause, or .NET's.
    /// </summary>
    /// <param name="error">The exception.</param>
    /// <returns>Whether memory ran out.</returns>
    public static bool IsExhausted(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return DeviceMemory.IsExhausted(error);
    }
}
