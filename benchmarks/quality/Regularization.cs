namespace Cass.Quality.Benchmarks;

/// <summary>What keeps fine-tuning from learning its images by heart, beside the augmentation.</summary>
internal enum Regularization
{
    /// <summary>Nothing, as by default.</summary>
    None,

    /// <summary>Mixup (0.8), CutMix (1) and label smoothing (0.1), as in DeiT's recipe.</summary>
    DeiT,
}
