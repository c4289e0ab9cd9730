namespace Cass.Quality.Benchmarks;

/// <summary>What came of one experiment: test F1 of both networks, the verdict on collapse, seconds.</summary>
internal sealed record Result(string Method, int Seed, double CnnF1, double TransformerF1, string Verdict, string Spread, double PretrainingSeconds, double FineTuningSeconds);
