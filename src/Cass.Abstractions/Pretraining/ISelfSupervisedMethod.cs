using static TorchSharp.torch;

namespace Cass;

/// <summary>
/// A way of learning from unlabelled images. The trainer brings batches, optimisers and schedules; the method brings
/// the networks and the loss. CASS is the first implementation.
/// </summary>
public interface ISelfSupervisedMethod : IDisposable
{
    /// <summary>The method's name in the literature, such as <c>CASS</c>.</summary>
    string Name { get; }

    /// <summary>How many augmented views of each image <see cref="Forward"/> wants, at least 1.</summary>
    int ViewCount { get; }

    /// <summary>What is trained: each part with an optimiser and a learning-rate schedule of its own.</summary>
    IReadOnlyList<TrainablePart> Parts { get; }

    /// <summary>Computes the loss of one batch, ready for <c>backward()</c>.</summary>
    /// <param name="views">One float [batch, channels, height, width] tensor a view; row i of each shows image i.</param>
    /// <returns>The loss and what was embedded; the caller disposes it.</returns>
    SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views);

    /// <summary>Called after each optimiser step; a method with a momentum teacher updates it here.</summary>
    /// <param name="step">Steps done since the start of the run, from 1.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    void AfterStep(long step, long totalSteps);
}
