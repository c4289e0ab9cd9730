using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// From a loss to moved weights: backward, and after every <see cref="OptimizerOptions.AccumulateBatches"/> batches
/// clipping and a step of each optimiser.
/// </summary>
internal sealed class GradientStep(OptimizerOptions options, IReadOnlyList<IOptimizer> optimizers, int batchesPerEpoch, bool clearGradients = true)
{
    private readonly int group = options.AccumulateBatches;

    /// <summary>Steps of an epoch; its last step may be of fewer batches.</summary>
    public int StepsPerEpoch => (batchesPerEpoch + group - 1) / group;

    /// <summary>Takes in the loss of a batch.</summary>
    /// <param name="loss">The loss, with gradient.</param>
    /// <param name="learningRate">Learning rate of the step that the batch is part of.</param>
    /// <param name="batch">Number of the batch in its epoch, from 0.</param>
    /// <returns>Whether the weights have moved.</returns>
    public bool Take(Tensor loss, double learningRate, int batch)
    {
        var first = batch / group * group;
        var size = Math.Min(group, batchesPerEpoch - first);
        if (batch == first && clearGradients)
        {
            foreach (var optimizer in optimizers)
            {
                optimizer.ZeroGrad();
            }
        }

        if (size == 1)
        {
            loss.backward();
        }
        else
        {
            using var share = loss / size;
            share.backward();
        }

        if (batch != first + size - 1)
        {
            return false;
        }

        foreach (var optimizer in optimizers)
        {
            if (options.GradientClipNorm > 0)
            {
                optimizer.ClipGradients(options.GradientClipNorm);
            }

            optimizer.LearningRate = learningRate;
            optimizer.Step();
        }

        return true;
    }
}
