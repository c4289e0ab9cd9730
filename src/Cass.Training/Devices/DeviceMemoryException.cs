namespace Cass.Training;

/// <summary>A step does not fit the memory of its device.</summary>
public sealed class DeviceMemoryException : CassException
{
    internal DeviceMemoryException(string message, int? batchSizeThatFits, Exception innerException)
        : base(message, innerException)
    {
        BatchSizeThatFits = batchSizeThatFits;
    }

    /// <summary>The largest halving of the batch that was tried and fits; null where none does.</summary>
    public int? BatchSizeThatFits { get; }
}
