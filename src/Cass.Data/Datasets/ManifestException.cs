namespace Cass.Data;

/// <summary>A manifest or an image folder that cannot be used as it is.</summary>
public sealed class ManifestException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What cannot be used, its value, and what to do; one line.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ManifestException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
