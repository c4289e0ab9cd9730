namespace Cass;

/// <summary>
/// Something that was given to CASS cannot be used as it is: a file, a folder, a name, a setting. The remedy is with the caller.
/// </summary>
public class CassInputException : CassException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What cannot be used, its value, and what to do; one line.</param>
    public CassInputException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What cannot be used, its value, and what to do; one line.</param>
    /// <param name="innerException">The cause.</param>
    public CassInputException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
