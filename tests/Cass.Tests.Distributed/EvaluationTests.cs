using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>What processes score together: the same images or none, and where one of them fails, all do, and go on together.</summary>
public sealed class EvaluationTests
{
    /// <summary>What differs, and what all processes are told.</summary>
    public static TheoryData<string, string> Differences => new(
        ("test=12,20", "Count is in process 0 12, in process 1 20"),
        ("test=20,4", "Count is in process 0 20, in process 1 4"),
        ("test-mislabelled=-1,3", "1 of 22 differ in name or label, of which the first, number 3 of the list, is in process 0 'test-3' labelled 'dark', in process 1 'test-3' labelled 'grey'"),
        ("test-batch=4,8", "Evaluation.BatchSize is in process 0 4, in process 1 8"));

    /// <summary>What fails in process 1 alone, and what either process is told.</summary>
    public static TheoryData<string, string, string> Failures => new(
        ("test-broken=-1,6", "CassException: Process 1 of 2 failed: Cannot read the image 'test-6'", "UnreadableImageException: Cannot read the image 'test-6'"),
        ("test-broken=-1,6 compare=1", "CassException: Process 1 of 2 failed: Cannot read the image 'test-6'", "UnreadableImageException: Cannot read the image 'test-6'"),
        ("cancel=0,1", "OperationCanceledException: It was cancelled in process 1 of 2.", "OperationCanceledException: "));

    [Fact]
    public void Processes_of_other_images_are_not_scored() => Refuses("test=20,4", "Count is in process 0 20, in process 1 4");

    [Theory]
    [MemberData(nameof(Differences))]
    [Trait("Category", LongTests.Category)]
    public void Nor_are_processes_that_differ_otherwise(string settings, string message)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to differ in every way.");
        Refuses(settings, message);
    }

    [Fact]
    public void What_fails_in_one_process_fails_in_all_and_the_next_evaluation_is_right() =>
        Fails(MpiLauncher.OpenMpi, "test-broken=-1,6", "CassException: Process 1 of 2 failed: Cannot read the image 'test-6'", "UnreadableImageException: Cannot read the image 'test-6'");

    [Theory]
    [MemberData(nameof(Failures))]
    [Trait("Category", LongTests.Category)]
    public void So_does_all_else(string settings, string first, string second)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to fail in every way.");
        Fails(MpiLauncher.Mpich, settings, first, second);
    }

    private static void Refuses(string settings, string message) => Fails(MpiLauncher.OpenMpi, settings, message, message);

    private static void Fails(string implementation, string settings, string first, string second)
    {
        var launcher = MpiLauncher.Require(implementation);
        using var folder = new ResultFolder();
        var lines = launcher.Run(2, ["train", folder.Path, "what=evaluate", .. settings.Split(' ')]).RequireSuccess().Lines;
        Assert.Contains(first, Line("first in 0: "), StringComparison.Ordinal);
        Assert.Contains(second, Line("first in 1: "), StringComparison.Ordinal);
        for (var rank = 0; rank < 2; rank++)
        {
            Assert.StartsWith("22 images, F1 ", Line($"second in {rank}: "), StringComparison.Ordinal);
            Assert.Equal(Line($"alone in {rank}: "), Line($"second in {rank}: "));
        }

        string Line(string start) => Assert.Single(lines, line => line.Contains(start, StringComparison.Ordinal)).Split(start)[1];
    }
}
