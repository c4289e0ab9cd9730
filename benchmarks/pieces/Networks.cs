using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Cass.Models;
using Cass.Tensors;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Pieces.Benchmarks;

/// <summary>An optimiser step of ResNet-18, and its weights to disk and back, beside TorchSharp's own.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class Networks : IDisposable
{
    private readonly Backbone network = BackboneRegistry.Default.Create("resnet18");
    private readonly optim.Optimizer plain;
    private readonly FusedAdam fused;
    private readonly string folder = Directory.CreateTempSubdirectory("cass-").FullName;

    /// <summary>Makes the network, its gradients and the files.</summary>
    public Networks()
    {
        plain = optim.Adam(network.parameters(), 1e-6);
        fused = new FusedAdam(
            [new ParameterGroup([.. network.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter))])],
            new AdamSettings(LearningRate: 1e-6));
        foreach (var parameter in network.parameters())
        {
            parameter.grad = randn_like(parameter);
        }

        PlainSave();
        Save();
    }

    private string PlainFile => Path.Join(folder, "plain.dat");

    private string SafetensorsPath => Path.Join(folder, "model.safetensors");

    /// <summary>TorchSharp's Adam.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("Adam step, ResNet-18")]
    public void PlainStep()
    {
        using var scope = NewDisposeScope();
        plain.step();
    }

    /// <summary>Cass.Training.</summary>
    [Benchmark]
    [BenchmarkCategory("Adam step, ResNet-18")]
    public void Step() => fused.Step();

    /// <summary>TorchSharp's own format.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("save, ResNet-18")]
    public void PlainSave() => network.save(PlainFile);

    /// <summary>safetensors, written atomically and flushed to disk.</summary>
    [Benchmark]
    [BenchmarkCategory("save, ResNet-18")]
    public void Save() => BackboneWeights.Save(network, SafetensorsPath);

    /// <summary>TorchSharp's own format.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("load, ResNet-18")]
    public void PlainLoad() => network.load(PlainFile);

    /// <summary>safetensors.</summary>
    [Benchmark]
    [BenchmarkCategory("load, ResNet-18")]
    public void Load() => BackboneWeights.Load(network, SafetensorsPath, new WeightLoadOptions { Strict = true });

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        fused.Dispose();
        plain.Dispose();
        network.Dispose();
        GC.SuppressFinalize(this);
    }
}
