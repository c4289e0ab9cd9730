using TorchSharp;

namespace Cass.Training;

/// <summary>Writes TensorBoard event files, with the published tags.</summary>
internal sealed class TensorBoardLog : IRunLog
{
    private readonly TorchSharp.Modules.SummaryWriter writer;

    public TensorBoardLog(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            writer = torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"The TensorBoard folder '{folder}' cannot be written: {error.Message}", error);
        }
    }

    public void Scalar(string tag, double value, int step) => writer.add_scalar(tag, (float)value, step);

    public void Dispose()
    {
    }
}
