using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Cass.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Pieces.Benchmarks;

/// <summary>Linear layers of transformers in float32, forward and backward, on one thread, beside libtorch's matrix products.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public class LinearMaps : IDisposable
{
    private Tensor input = null!;
    private Tensor weight = null!;
    private Tensor bias = null!;

    /// <summary>Images, tokens of each, inputs and outputs.</summary>
    [Params("16 17 192 192", "16 17 192 576", "16 17 192 768", "16 17 768 192", "16 37 384 384", "32 197 192 768", "16 4 192 768")]
    public string Shape { get; set; } = string.Empty;

    /// <summary>Makes weights and tokens.</summary>
    [GlobalSetup]
    public void Make()
    {
        TorchBackend.EnsureLoaded();
        set_num_threads(1);
        int[] shape = [.. Shape.Split(' ').Select(int.Parse)];
        input = randn([shape[0], shape[1], shape[2]], requires_grad: true);
        weight = randn([shape[3], shape[2]], requires_grad: true);
        bias = randn([shape[3]], requires_grad: true);
    }

    /// <summary>Libtorch's product of matrices.</summary>
    [Benchmark(Baseline = true)]
    public void MatrixProduct() => Pass(nn.functional.linear);

    /// <summary>Cass.Tensors.</summary>
    [Benchmark]
    public void Cass() => Pass(Autocast.Linear);

    /// <inheritdoc/>
    public void Dispose()
    {
        input.Dispose();
        weight.Dispose();
        bias.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Pass(Func<Tensor, Tensor, Tensor, Tensor> map)
    {
        using var scope = NewDisposeScope();
        var output = map(input, weight, bias);
        autograd.grad([output], [input, weight, bias], [output.detach()]);
    }
}
