namespace Cass.Load.Benchmarks;

/// <summary>What computes a classifier.</summary>
internal enum Engine
{
    /// <summary><c>ImageClassifier</c>.</summary>
    TorchSharp,

    /// <summary><c>OnnxClassifier</c>.</summary>
    OnnxRuntime,
}
