using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Losses;

/// <summary>What the tests of losses and metrics ask of tensors.</summary>
internal static class Expect
{
    /// <summary>Equal within a tolerance relative to the largest expected magnitude, or absolute below 1.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        var wanted = expected.detach().to(ScalarType.Float64);
        var difference = (actual.detach().to(ScalarType.Float64) - wanted).abs().max().ToDouble();
        var limit = tolerance * Math.Max(1, wanted.abs().max().ToDouble());
        Assert.True(difference <= limit, $"{what}: differs by {difference}, allowed {limit}.");
    }

    /// <summary>The gradient by automatic differentiation equals central differences, in double precision.</summary>
    public static void GradientIsRight(Func<Tensor, Tensor> loss, Tensor at, double tolerance = 1e-6)
    {
        Assert.Equal(ScalarType.Float64, at.dtype);
        using var scope = NewDisposeScope();
        var x = at.detach().clone().requires_grad_();
        loss(x).backward();
        var gradient = x.grad!.contiguous().data<double>().ToArray();
        double[] point = [.. at.detach().contiguous().data<double>()];
        for (var i = 0; i < point.Length; i++)
        {
            var step = 1e-5 * Math.Max(1, Math.Abs(point[i]));
            var numeric = (ValueAt(i, step) - ValueAt(i, -step)) / (2 * step);
            Assert.True(
                Math.Abs(numeric - gradient[i]) <= tolerance * Math.Max(1, Math.Abs(numeric)),
                $"Element {i}: gradient {gradient[i]}, by differences {numeric}.");
        }

        double ValueAt(int index, double step)
        {
            using var inner = NewDisposeScope();
            double[] moved = [.. point];
            moved[index] += step;
            return loss(tensor(moved, at.shape)).ToDouble();
        }
    }

    /// <summary>The action leaves as many live tensors behind as it says.</summary>
    public static void LeavesTensors(int count, Action action)
    {
        action();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        action();
        Assert.Equal(count, DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);
    }
}
