namespace Cass.Training;

/// <summary>A phase that can begin.</summary>
/// <param name="Computation">How it is computed.</param>
/// <param name="Checkpointer">What saves it.</param>
/// <param name="Resumed">The checkpoint to go on from; null where it starts anew.</param>
internal sealed record OpenedPhase(Computation Computation, Checkpointer Checkpointer, Checkpoint? Resumed);
