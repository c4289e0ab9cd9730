using System.Security.Cryptography;

namespace Cass.Quality.Benchmarks;

/// <summary>How the results call what a network starts from.</summary>
internal static class StartingWeights
{
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
