namespace Cass.Data;

/// <summary>An image that is missing, damaged, of an unknown format or larger than allowed.</summary>
public sealed class UnreadableImageException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="imageName">What the image is called; a path, for a file.</param>
    /// <param name="reason">Why it cannot be read and what to do; one line, without the name.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public UnreadableImageException(string imageName, string reason, Exception? innerException = null)
        : base($"Cannot read the image '{imageName}': {reason}", innerException)
    {
        ImageName = imageName;
        Reason = reason;
    }

    /// <summary>What the image is called; a path, for a file.</summary>
    public string ImageName { get; }

    /// <summary>Why it cannot be read.</summary>
    public string Reason { get; }

    /// <summary>
    /// Whether it has more bytes or pixels than the options allow, and may be sound otherwise: what a service answers with status 413,
    /// and all else with 400.
    /// </summary>
    public bool ExceedsLimit { get; init; }
}
