namespace Cass.Tests.Order;

/// <summary>
/// Whether checks that gain by many repeats are repeated as often as they can be. They carry the category <c>Long</c>, and
/// run with fewer repeats where the environment variable CASS_LONG_TESTS is not set.
/// </summary>
internal static class LongTests
{
    public const string Category = "Long";

    public static bool AreWanted { get; } = Environment.GetEnvironmentVariable("CASS_LONG_TESTS") is { Length: > 0 };

    /// <summary><paramref name="many"/> where long tests are wanted, else <paramref name="few"/>.</summary>
    public static int Repeats(int many, int few) => AreWanted ? many : few;
}
