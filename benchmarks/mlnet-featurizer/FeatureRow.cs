using Microsoft.ML.Data;

namespace Cass.ML.Benchmarks;

/// <summary>An image as the featurizer sees it.</summary>
internal sealed class FeatureRow
{
    /// <summary>The features of ResNet-18.</summary>
    [VectorType(512)]
    public float[] Features { get; set; } = [];

    /// <summary>Its class.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Whether it is held out.</summary>
    public bool IsTest { get; set; }

    /// <summary>The smallest share of the labels that it belongs to, in percent.</summary>
    public int Share { get; set; }
}
