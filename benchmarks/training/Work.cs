namespace Cass.Training.Benchmarks;

/// <summary>What a contender does; the name in lower case is the command for it.</summary>
internal enum Work
{
    /// <summary>Pretraining steps on a random batch.</summary>
    Steps,

    /// <summary>Steps of both optimisers alone.</summary>
    Optimizer,

    /// <summary>Pretraining epochs on real images.</summary>
    Epochs,
}
