namespace Cass.Training;

/// <summary>A checkpoint is of a run with other settings, so that going on from it would mean nothing.</summary>
public sealed class CheckpointMismatchException : CassInputException
{
    internal CheckpointMismatchException(string checkpoint, IReadOnlyList<string> differences)
        : base($"The checkpoint '{checkpoint}' is of a run with other settings: {string.Join("; ", differences)}. Set them back, choose another checkpoint folder, or set Checkpoints.Resume to false to start again.{AdviceOn(differences)}")
    {
        Checkpoint = checkpoint;
        Differences = differences;
    }

    /// <summary>Path of the checkpoint.</summary>
    public string Checkpoint { get; }

    /// <summary>One for each setting: its name, what it was and what it is.</summary>
    public IReadOnlyList<string> Differences { get; }

    private static string AdviceOn(IReadOnlyList<string> differences) => differences.Any(difference => difference.StartsWith(CheckpointStore.InitialWeights, StringComparison.Ordinal))
        ? " A run that goes on starts with the weights that it began with: seed TorchSharp before the network is made, or load the same weights."
        : string.Empty;
}
