namespace Cass;

/// <summary>
/// A failure that CASS explains: the message names what failed, the value that caused it, and what to do.
/// </summary>
public class CassException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, the value that caused it, and what to do; one line.</param>
    public CassException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, the value that caused it, and what to do; one line.</param>
    /// <param name="innerException">The cause.</param>
    public CassException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
