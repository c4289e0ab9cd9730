using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>Writes TensorBoard event files, with the published tags.</summary>
internal sealed class TensorBoardLog : IRunLog
{
    private readonly EventFileWriter file;
    private readonly ILogger logger;

    public TensorBoardLog(string folder, ILogger logger)
    {
        this.logger = logger;
        try
        {
            Directory.CreateDirectory(folder);
            file = new EventFileWriter(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The TensorBoard folder '{folder}' cannot be written: {error.Message}", error);
        }
    }

    public void Scalar(string phase, string tag, double value, int step)
    {
        try
        {
            file.Scalar(tag, (float)value, step);
        }
        catch (IOException error)
        {
            logger.LogWarning("'{Tag}' could not be written to '{Path}', and the run goes on: {Reason}", tag, file.Path, error.Message);
        }
    }

    public void Dispose() => file.Dispose();
}
