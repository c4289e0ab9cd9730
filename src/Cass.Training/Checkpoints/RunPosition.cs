namespace Cass.Training;

/// <summary>A place in a run.</summary>
/// <param name="Epoch">The epoch in work, from 1.</param>
/// <param name="Batch">Batches done in it.</param>
/// <param name="Step">Steps done since the start.</param>
internal sealed record RunPosition(int Epoch, int Batch, long Step);
