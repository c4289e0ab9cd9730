namespace Cass.Quality.Benchmarks;

/// <summary>Which of the two networks are fine-tuned and scored; both as one classifier.</summary>
internal enum FineTunedNetwork
{
    Cnn,
    Vit,
    Both,
}
