namespace Cass.Training;

/// <summary>A run that cannot go on: the loss is no longer a number.</summary>
public sealed class TrainingFailedException : CassException
{
    internal TrainingFailedException(string message)
        : base(message)
    {
    }
}
