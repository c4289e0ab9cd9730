using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Xunit.Sdk;
using Xunit.v3;

namespace Cass.Tests.Order;

/// <summary>
/// Runs classes, methods and cases in an order drawn from the seed in the environment variable CASS_TEST_ORDER, so that
/// tests which depend on one another are found. Without the variable the order is that of seed 0.
/// </summary>
/// <remarks>
/// The order of a name depends on the seed and the name alone: adding a test leaves the order of the others as it was.
/// </remarks>
public sealed class ShuffledOrder : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer, ITestCaseOrderer
{
    private const string Variable = "CASS_TEST_ORDER";

    private static readonly int seed = ReadSeed();

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        // The collection of all that is in no other takes longest, and begins first.
        [.. Shuffle(testCollections, collection => collection.TestCollectionDisplayName).OrderBy(collection => collection.TestCollectionClassName is not null)];

    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, ITestClass => Shuffle(testClasses, type => type?.TestClassName);

    public IReadOnlyCollection<TTestMethod?> OrderTestMethods<TTestMethod>(IReadOnlyCollection<TTestMethod?> testMethods)
        where TTestMethod : notnull, ITestMethod => Shuffle(testMethods, method => method?.MethodName);

    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase => Shuffle(testCases, test => test.TestCaseDisplayName);

    private static T[] Shuffle<T>(IReadOnlyCollection<T> items, Func<T, string?> name) =>
        [.. items.OrderBy(item => Rank(name(item) ?? string.Empty), StringComparer.Ordinal)];

    private static string Rank(string name) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed} {name}"))));

    private static int ReadSeed()
    {
        var text = Environment.GetEnvironmentVariable(Variable);

        return string.IsNullOrEmpty(text) ? 0
            : int.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
            : throw new InvalidOperationException($"{Variable} is \"{text}\", which is no whole number.");
    }
}
