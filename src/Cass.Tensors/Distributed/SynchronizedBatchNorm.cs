using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// Batch norm by the statistics of the images of all processes, PyTorch's <c>SyncBatchNorm</c>: means and sums of squared deviations of each are
/// combined as Chan, Golub and LeVeque (1983) do, so that nothing cancels out.
/// </summary>
internal static class SynchronizedBatchNorm
{
    /// <summary>Normalises in training mode; the running statistics move, unless it is told otherwise.</summary>
    public static Tensor Run(NormBase norm, Tensor input, DistributedBatch.Place place, bool movesStatistics)
    {
        using var scope = NewDisposeScope();
        var wide = input.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? input.to(ScalarType.Float32) : input;
        long[] others = [0, .. Enumerable.Range(2, (int)input.dim() - 2).Select(axis => (long)axis)];
        var (mean, variance, count) = Statistics(wide.detach(), others, place.Group);
        if (count == 1)
        {
            throw new CassInputException(
                $"A batch norm cannot learn from [{string.Join(", ", input.shape)}], a single value a channel in all processes together: the variance of one value is not a number. Give batches of two images or more, or larger images.");
        }

        if (movesStatistics)
        {
            Move(norm, mean, variance, count);
        }

        long[] shape = [1, -1, .. Enumerable.Repeat(1L, (int)input.dim() - 2)];
        var scale = variance.Plus(norm.eps).rsqrt();
        var normal = wide.requires_grad && is_grad_enabled()
            ? Normalization.apply(wide, mean.view(shape), scale.view(shape), place.Group, others, count)
            : wide.Minus(mean.view(shape)) * scale.view(shape);
        if (norm.weight is { } weight)
        {
            normal = normal * weight.view(shape);
        }

        if (norm.bias is { } bias)
        {
            normal = normal.Plus(bias.view(shape));
        }

        return (normal.dtype == input.dtype ? normal : normal.to(input.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean, biased variance [channels] and number of the values of each channel in all processes.</summary>
    private static (Tensor Mean, Tensor Variance, long Count) Statistics(Tensor input, long[] others, IProcessGroup group)
    {
        using var guard = no_grad();
        var channels = input.shape[1];
        var own = input.numel() / channels;
        var mean = own == 0 ? zeros(channels, input.dtype, input.device) : input.mean(others);
        long[] shape = [1, -1, .. Enumerable.Repeat(1L, (int)input.dim() - 2)];
        var squares = own == 0 ? zeros(channels, input.dtype, input.device) : input.Minus(mean.view(shape)).Squared().sum(others);
        var number = KeptScalar.Of((double)own);
        var all = group.AllGather(cat([mean, squares, full([1], number, input.dtype, input.device)]).unsqueeze(0), [.. Enumerable.Repeat(1L, group.Size)]);
        var counts = all.narrow(1, 2 * channels, 1);
        var total = counts.sum([0]);
        var means = all.narrow(1, 0, channels);
        var mutual = (means * counts).sum([0]) / total;
        var squaresOfAll = all.narrow(1, channels, channels).Plus(means.Minus(mutual).Squared() * counts).sum([0]);
        return (mutual, squaresOfAll / total, (long)Math.Round(total.ReadDouble()));
    }

    private static void Move(NormBase norm, Tensor mean, Tensor variance, long count)
    {
        using var guard = no_grad();
        norm.num_batches_tracked!.add_(KeptScalar.One, KeptScalar.One);
        var stays = KeptScalar.Of(1 - norm.momentum!.Value);
        var comes = KeptScalar.Of(norm.momentum!.Value);
        var unbiased = KeptScalar.Of(norm.momentum!.Value * count / (count - 1.0));
        norm.running_mean!.mul_(stays).add_(mean.to(norm.running_mean.dtype), comes);
        norm.running_var!.mul_(stays).add_(variance.to(norm.running_var.dtype), unbiased);
    }

    /// <summary>(x − mean)·scale, where mean and scale depend on x. Its backward pass sums up over all processes what that adds to the gradient.</summary>
    private sealed class Normalization : ManagedFunction<Normalization>
    {
        private const string GroupKey = "group";
        private const string OthersKey = "others";
        private const string CountKey = "count";

        public override string Name => nameof(SynchronizedBatchNorm);

        protected override IReadOnlyList<bool> AreTensors => [true, true, true, false, false, false];

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Release();
            var (input, mean, scale) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
            ctx.save_for_backward([input, mean, scale]);
            ctx.save_data(GroupKey, vars[3]);
            ctx.save_data(OthersKey, vars[4]);
            ctx.save_data(CountKey, vars[5]);
            using var guard = no_grad();
            using var centered = input.Minus(mean);
            return centered.mul(scale);
        }

        /// <summary>With y the output: scale·(dy − mean(dy) − y·mean(dy·y)), the means over all processes (Ioffe and Szegedy 2015, section 3).</summary>
        protected override List<Tensor?> Differentiate(autograd.AutogradContext ctx, Tensor slope)
        {
            using var guard = no_grad();
            var saved = ctx.get_saved_variables();
            var (input, mean, scale) = (saved[0], saved[1], saved[2]);
            var (group, others, count) = ((IProcessGroup)ctx.get_data(GroupKey), (long[])ctx.get_data(OthersKey), (long)ctx.get_data(CountKey));
            var normal = input.Minus(mean).mul(scale);
            var sums = stack([slope.sum(others, keepdim: true), (slope * normal).sum(others, keepdim: true)]);
            group.AllReduce(sums);
            var means = sums.Over(count);
            return [slope.Minus(means[0]).Minus(normal * means[1]) * scale, null, null, null, null, null];
        }
    }
}
