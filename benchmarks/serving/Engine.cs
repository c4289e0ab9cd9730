namespace Cass.Serving.Benchmarks;

/// <summary>What computes a classifier.</summary>
internal enum Engine
{
    /// <summary><c>ImageClassifier</c>.</summary>
    TorchSharp,

    /// <summary><c>OnnxClassifier</c>.</summary>
    OnnxRuntime,

    /// <summary>The network of the same dimensions in Python, by peer.py.</summary>
    PyTorch,
}
