using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Cass.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Pieces.Benchmarks;

/// <summary>Convolutions of ResNets' last stage with channels last, forward and backward, batch 16, beside oneDNN's.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public class Convolutions : IDisposable
{
    private Conv2d convolution = null!;
    private Tensor images = null!;

    /// <summary>Channels in and out, height and width of the input, and size of the kernel.</summary>
    [Params("512 512 2 3", "512 512 3 3", "2048 512 3 1", "512 512 4 3")]
    public string Shape { get; set; } = string.Empty;

    /// <summary>Makes weights and images.</summary>
    [GlobalSetup]
    public void Make()
    {
        int[] shape = [.. Shape.Split(' ').Select(int.Parse)];
        convolution = nn.Conv2d(shape[0], shape[1], shape[3], padding: shape[3] / 2, bias: false);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        convolution.weight.set_(convolution.weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        images = randn(16, shape[2], shape[2], shape[0]).permute(0, 3, 1, 2).requires_grad_().DetachFromDisposeScope();
    }

    /// <summary>oneDNN's.</summary>
    [Benchmark(Baseline = true)]
    public void OneDnn() => Pass(convolution.call);

    /// <summary>Cass.Models.</summary>
    [Benchmark]
    public void MatrixProducts() => Pass(input => SmallMapConvolution.Run(convolution, input));

    /// <inheritdoc/>
    public void Dispose()
    {
        convolution.Dispose();
        images.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Pass(Func<Tensor, Tensor> run)
    {
        using var scope = NewDisposeScope();
        convolution.weight.grad = null;
        images.grad = null;
        var output = run(images);
        output.backward([output.detach()]);
    }
}
