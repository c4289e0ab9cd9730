namespace Cass.Quality.Benchmarks;

/// <summary>Whose mean and standard deviation the images are normalised with.</summary>
internal enum InputNormalization
{
    /// <summary>The published figures of the brain MRI.</summary>
    BrainMri,

    /// <summary>ImageNet's, which networks trained on it expect.</summary>
    ImageNet,
}
