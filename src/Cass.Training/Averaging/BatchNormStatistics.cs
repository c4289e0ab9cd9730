using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Recomputes batch-norm statistics after weights were exchanged; torchcontrib's <c>bn_update</c>.</summary>
public static class BatchNormStatistics
{
    /// <summary>
    /// Resets the running mean and variance of every batch norm, of one, two or three dimensions, and sets them to their plain average over batches.
    /// </summary>
    /// <param name="network">The network; it is left in the mode it was in.</param>
    /// <param name="batches">Batches to run it on, on its device; at least one.</param>
    /// <exception cref="ArgumentException">There is no batch; the statistics stay as they were.</exception>
    public static void Recompute(nn.Module<Tensor, Tensor> network, IEnumerable<Tensor> batches) => Recompute(network, batches, enterTraining: null);

    /// <summary>The same, for a network of which only a part is in training mode: batch norms of the rest keep their statistics.</summary>
    internal static void Recompute(nn.Module<Tensor, Tensor> network, IEnumerable<Tensor> batches, Action? enterTraining)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(batches);
        var wasTraining = network.training;
        network.train();
        enterTraining?.Invoke();
        var norms = network.modules().Prepend(network).OfType<BatchNorm>().Where(norm => norm.training).ToList();
        var momenta = norms.Select(norm => norm.momentum).ToList();
        using var guard = no_grad();
        try
        {
            var seen = 0L;
            foreach (var batch in batches)
            {
                if (seen == 0)
                {
                    norms.ForEach(norm => norm.reset_running_stats());
                }

                using var scope = NewDisposeScope();
                var count = batch.shape[0];
                norms.ForEach(norm => norm.momentum = (double)count / (seen + count));
                network.forward(batch);
                seen += count;
            }

            if (seen == 0)
            {
                throw new ArgumentException("There is no batch to compute statistics of; give at least one.", nameof(batches));
            }
        }
        finally
        {
            for (var i = 0; i < norms.Count; i++)
            {
                norms[i].momentum = momenta[i];
            }

            network.train(wasTraining);
        }
    }
}
