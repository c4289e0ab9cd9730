using Cass;

namespace PredictionService;

/// <summary>What is accepted of a stranger: the section <c>Uploads</c> of the configuration.</summary>
internal sealed class UploadLimits
{
    private const long MegaByte = 1 << 20;

    /// <summary>Largest number of bytes of an upload. Default 16 MiB.</summary>
    public long MaxBytes { get; set; } = 16 * MegaByte;

    /// <summary>Largest number of pixels of an upload. Default 50 million.</summary>
    public long MaxPixels { get; set; } = 50_000_000;

    /// <summary>How long a request may take, its upload included. Default 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <exception cref="CassInputException">A limit is no limit.</exception>
    public void Check()
    {
        if (MaxBytes < 1 || MaxPixels < 1 || Timeout <= TimeSpan.Zero)
        {
            throw new CassInputException($"Uploads:MaxBytes is {MaxBytes}, Uploads:MaxPixels {MaxPixels}, Uploads:Timeout {Timeout}; each must be above 0.");
        }
    }
}
