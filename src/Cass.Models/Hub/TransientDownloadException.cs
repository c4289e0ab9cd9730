namespace Cass.Models;

/// <summary>An attempt failed in a way that another may not.</summary>
internal sealed class TransientDownloadException : Exception
{
    public TransientDownloadException(string message, TimeSpan? retryAfter = null, Exception? innerException = null)
        : base(message, innerException)
    {
        RetryAfter = retryAfter;
    }

    /// <summary>How long the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; }
}
