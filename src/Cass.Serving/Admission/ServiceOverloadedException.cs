namespace Cass.Serving;

/// <summary>
/// A service has as many images or bytes in its queue as it may have, and takes no more for the moment. A web service answers with status 503 and the header
/// <c>Retry-After</c>.
/// </summary>
public sealed class ServiceOverloadedException : CassException
{
    internal ServiceOverloadedException(string message, TimeSpan retryAfter)
        : base(message)
    {
        RetryAfter = retryAfter;
    }

    /// <summary>How long the images that are waiting will take, as fast as the last ones were: whole seconds, 1 to 60.</summary>
    public TimeSpan RetryAfter { get; }
}
