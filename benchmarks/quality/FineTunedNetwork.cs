namespace Cass.Quality.Benchmarks;

/// <summary>Which of the two networks is fine-tuned and scored.</summary>
internal enum FineTunedNetwork
{
    Cnn,
    Vit,
}
