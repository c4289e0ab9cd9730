using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Cass.Losses;
using Cass.Metrics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Pieces.Benchmarks;

/// <summary>Losses with their backward pass, and a metric, beside the same expressions in plain TorchSharp.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class Losses : IDisposable
{
    private readonly NormalizedL2SimilarityLoss similarity = new();
    private readonly FocalLoss focal = new();
    private readonly MultiLabelF1 f1 = new();
    private readonly Tensor left = randn(16, 1000).requires_grad_();
    private readonly Tensor right = randn(16, 1000).requires_grad_();
    private readonly Tensor logits = randn(16, 4).requires_grad_();
    private readonly Tensor targets = functional.one_hot(randint(0, 4, 16), 4).to(ScalarType.Float32);

    /// <summary>As one writes it.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("similarity, 16 x 1000")]
    public void PlainSimilarity() => Backward(() => (2 - (2 * (functional.normalize(left, dim: -1) * functional.normalize(right, dim: -1)).sum(-1))).mean());

    /// <summary>Cass.Losses.</summary>
    [Benchmark]
    [BenchmarkCategory("similarity, 16 x 1000")]
    public void Similarity() => Backward(() => similarity.forward(left, right));

    /// <summary>As one writes it, with the published ε.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("focal, 16 x 4")]
    public void PlainFocal() => Backward(() =>
    {
        var p = logits.sigmoid();
        var logPt = (targets * (p + 1e-12).log()) + ((1 - targets) * (1 - p + 1e-12).log());
        return -((1 - logPt.exp()).pow(2) * logPt).mean();
    });

    /// <summary>Cass.Losses.</summary>
    [Benchmark]
    [BenchmarkCategory("focal, 16 x 4")]
    public void Focal() => Backward(() => focal.forward(logits, targets));

    /// <summary>Counts as one writes it, read at every batch.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("F1, a batch of 16 x 4")]
    public float PlainF1()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var predicted = logits.sigmoid().gt(0.5).to(ScalarType.Float32);
        var hits = (predicted * targets).sum().item<float>();
        return 2 * hits / (predicted.sum().item<float>() + targets.sum().item<float>());
    }

    /// <summary>Cass.Metrics.</summary>
    [Benchmark]
    [BenchmarkCategory("F1, a batch of 16 x 4")]
    public void F1()
    {
        using var guard = no_grad();
        using var probabilities = logits.sigmoid();
        f1.Update(probabilities, targets);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        similarity.Dispose();
        focal.Dispose();
        f1.Dispose();
        GC.SuppressFinalize(this);
    }

    private static void Backward(Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        loss().backward();
    }
}
