using System.Security.Cryptography;
using Cass.Models;

namespace Cass.Quality.Benchmarks;

/// <summary>timm's networks, and the ImageNet CNN whose weights come with Microsoft.ML.DnnImageFeaturizer.ResNet18.</summary>
internal static class Networks
{
    // Called a ResNet-18 by its package, it has a block more in its last stage.
    public static BackboneRegistry Registry { get; } = new BackboneRegistry().Register(
        "resnet20",
        BackboneRegistry.Default.Configuration("resnet18"),
        static (configuration, options) => new ResNet("resnet20", new ResNetArchitecture([2, 2, 2, 3], Bottleneck: false), configuration, options));

    /// <summary>What a file of weights is called in the results: its name and the beginning of its SHA-256.</summary>
    public static string Describe(string? weights)
    {
        if (weights is null)
        {
            return "random";
        }

        if (!File.Exists(weights))
        {
            throw new CassInputException($"--cnn-weights '{weights}' is not a file.");
        }

        using var stream = File.OpenRead(weights);
        return $"{Path.GetFileName(weights)}@{Convert.ToHexStringLower(SHA256.HashData(stream))[..8]}";
    }
}
