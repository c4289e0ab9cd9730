namespace Cass.Training;

/// <summary>What the processes of a run have told one another before a step.</summary>
/// <param name="Images">Images of the batch that each has.</param>
/// <param name="Cancels">Whether one of them is to stop, so that all do.</param>
/// <param name="Saves">Whether a checkpoint is due after the step.</param>
internal sealed record StepAgreement(IReadOnlyList<long> Images, bool Cancels, bool Saves);
