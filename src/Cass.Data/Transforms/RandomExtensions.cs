namespace Cass.Data;

internal static class RandomExtensions
{
    /// <summary>Uniform over [low, high).</summary>
    public static double Uniform(this Random random, double low, double high) => low + ((high - low) * random.NextDouble());

    /// <summary>True with the given probability.</summary>
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;
}
