namespace Cass.Models;

/// <summary>Weights could not be had from the hub or the cache.</summary>
public sealed class WeightStoreException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What could not be had, why, and what to do; one line.</param>
    /// <param name="innerException">The cause.</param>
    public WeightStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
