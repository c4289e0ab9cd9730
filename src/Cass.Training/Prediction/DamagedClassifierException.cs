namespace Cass.Training;

/// <summary>A saved classifier lacks a file, or has one that is not as it was written.</summary>
public sealed class DamagedClassifierException : CassInputException
{
    internal DamagedClassifierException(string file, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        File = file;
    }

    /// <summary>Path of the file, or of the folder where that is missing.</summary>
    public string File { get; }
}
