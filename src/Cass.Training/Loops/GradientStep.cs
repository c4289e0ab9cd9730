using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// From a loss to moved weights: backward, and after every <see cref="OptimizerOptions.AccumulateBatches"/> batches
/// clipping and a step of each optimiser. Where several processes train together, the gradients of all are added up before.
/// </summary>
internal sealed class GradientStep(
    OptimizerOptions options,
    IReadOnlyList<IOptimizer> optimizers,
    int batchesPerEpoch,
    bool clearGradients = true,
    TrainingProfile? profile = null,
    GradientReduction? reduction = null)
{
    /// <summary>How often gradient norms are measured where they are not needed for clipping: it waits for the device.</summary>
    private const int StepsBetweenNorms = 16;

    private readonly int group = options.AccumulateBatches;
    private readonly double[] norms = new double[optimizers.Count];
    private long steps;

    /// <summary>The norm of each optimiser's gradients before clipping, as last measured; NaN before the first step.</summary>
    public IReadOnlyList<double> Norms => steps == 0 ? [.. norms.Select(_ => double.NaN)] : norms;

    /// <summary>Steps of some epochs; the last step of each may be of fewer batches.</summary>
    public static long TotalSteps(OptimizerOptions options, int batchesPerEpoch, int epochs) =>
        (long)((batchesPerEpoch + options.AccumulateBatches - 1) / options.AccumulateBatches) * epochs;

    /// <summary>Whether gradients of batches before it are waiting for more after that many batches of an epoch.</summary>
    public bool IsWithinStep(int batchesDone) => batchesDone % group != 0 && batchesDone < batchesPerEpoch;

    /// <summary>
    /// Clears the gradients of the step before, where a batch begins a new one: before its forward pass, so that they take
    /// no memory beside its activations.
    /// </summary>
    /// <param name="batch">Number of the batch in its epoch, from 0.</param>
    public void Begin(int batch)
    {
        // Gradients of before that are kept are those of all processes, and are to count once.
        if (batch % group == 0 && (clearGradients || reduction is { IsMain: false }))
        {
            Clear();
        }
    }

    /// <summary>Before gradients of batches that wait for more are saved: those of all processes are added up.</summary>
    public void GatherIncomplete() => reduction?.GatherAtMain();

    /// <summary>Clears all gradients.</summary>
    public void Clear()
    {
        foreach (var optimizer in optimizers)
        {
            optimizer.ZeroGrad();
        }
    }

    /// <summary>Takes in the loss of a batch, after <see cref="Begin"/> and its forward pass.</summary>
    /// <param name="loss">The loss, with gradient.</param>
    /// <param name="learningRate">Learning rate of the step that the batch is part of.</param>
    /// <param name="batch">Number of the batch in its epoch, from 0.</param>
    /// <param name="beforeUpdate">What is done with complete gradients before the optimisers, whose rates are set by then; null for nothing.</param>
    /// <param name="networks">What the backward pass goes on with where the loss's graph ends before the networks; null where it is one graph.</param>
    /// <returns>Whether the weights have moved.</returns>
    public bool Take(Tensor loss, double learningRate, int batch, Action? beforeUpdate = null, NetworkGraphs? networks = null)
    {
        var first = batch / group * group;
        var size = Math.Min(group, batchesPerEpoch - first);
        using (profile?.Measure(TrainingProfile.Backward, loss.device))
        {
            using var share = reduction is not null ? loss.Times(DistributedBatch.Weight / size) : size == 1 ? loss.alias() : loss.Over(size);
            try
            {
                share.backward();
                networks?.Backward();
            }
            catch (ExternalException) when (BackwardFailure.Take() is { } failure)
            {
                failure.Throw();
            }
        }

        if (batch != first + size - 1)
        {
            return false;
        }

        reduction?.Reduce();
        using var measurement = profile?.Measure(TrainingProfile.Optimizer, loss.device);
        var measured = steps++ % StepsBetweenNorms == 0 || batch == batchesPerEpoch - 1;
        foreach (var optimizer in optimizers)
        {
            optimizer.LearningRate = learningRate;
        }

        beforeUpdate?.Invoke();
        foreach (var (i, optimizer) in optimizers.Index())
        {
            if (options.GradientClipNorm > 0)
            {
                norms[i] = optimizer.ClipGradients(options.GradientClipNorm);
            }
            else if (measured)
            {
                norms[i] = optimizer.GradientNorm();
            }

            optimizer.Step();
        }

        return true;
    }
}
