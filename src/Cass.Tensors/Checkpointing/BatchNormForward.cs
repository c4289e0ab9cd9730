using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>A batch norm's forward pass that counts its batches by numbers that stay alive; see <see cref="KeptScalar"/>.</summary>
public static class BatchNormForward
{
    /// <summary>Runs modules one after the other, batch norms among them as <see cref="Run(NormBase, Tensor)"/> does, convolutions and linear layers as <see cref="Autocast"/> does.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="input">The input of the first.</param>
    /// <returns>The output of the last.</returns>
    public static Tensor Run(IEnumerable<Module> modules, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentNullException.ThrowIfNull(input);
        var output = input.alias();
        foreach (var module in modules)
        {
            var next = module is NormBase norm ? Run(norm, output) : Autocast.Run((Module<Tensor, Tensor>)module, output);
            if (!ReferenceEquals(next, output))
            {
                output.Dispose();
            }

            output = next;
        }

        return output;
    }

    /// <summary>
    /// Normalises, as the module's own <c>forward</c> does; in training mode its running statistics move. Where a <see cref="DistributedBatch"/> is entered that
    /// asks for it, statistics are those of all processes.
    /// </summary>
    /// <param name="norm">A batch norm with running statistics and a momentum.</param>
    /// <param name="input">Its input.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="NotSupportedException">It has no running statistics or no momentum.</exception>
    /// <exception cref="CassInputException">It is in training mode, and the input has a single value a channel, of which a variance would be NaN.</exception>
    public static Tensor Run(NormBase norm, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentNullException.ThrowIfNull(input);
        if (norm.momentum is not { } momentum || norm.num_batches_tracked is not { } counter)
        {
            throw new NotSupportedException("A batch norm needs running statistics and a momentum.");
        }

        if (norm.training && DistributedBatch.Here is { SynchronizesBatchNorm: true } place)
        {
            return SynchronizedBatchNorm.Run(norm, input, place, movesStatistics: !GradientCheckpointing.IsRecomputing);
        }

        if (norm.training && input.NumberOfElements == input.size(1))
        {
            throw new CassInputException(
                $"A batch norm cannot learn from [{string.Join(", ", input.shape)}], a single value a channel: the variance of one value is not a number. Give batches of two images or more (DropLast leaves out a smaller last one), or larger images.");
        }

        if (norm.training && GradientCheckpointing.IsRecomputing)
        {
            // The first computation of this batch has moved the running statistics already.
            using var mean = norm.running_mean!.clone();
            using var variance = norm.running_var!.clone();
            return functional.batch_norm(input, mean, variance, norm.weight, norm.bias, training: true, momentum, norm.eps);
        }

        if (norm.training)
        {
            counter.add_(KeptScalar.One, KeptScalar.One);
        }

        return functional.batch_norm(input, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training, momentum, norm.eps);
    }
}
