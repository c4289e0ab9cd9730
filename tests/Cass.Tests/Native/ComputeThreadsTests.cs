using System.Globalization;
using System.Text.RegularExpressions;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Native;

/// <summary>
/// The threads that libtorch computes with, in processes of their own: OpenMP reads its settings once, and says what it read
/// (<c>OMP_DISPLAY_ENV</c>).
/// </summary>
public sealed partial class ComputeThreadsTests
{
    [Theory]
    [InlineData(64, 4, null, 4)]
    [InlineData(4, 64, null, 4)]
    [InlineData(64, 4, 64, 4)]
    [InlineData(32, 4, 64, 4)]
    [InlineData(6, 4, 64, 6)]
    public void Libtorchs_own_number_is_lowered_and_another_is_left(int current, int available, int? processors, int expected) =>
        Assert.Equal(expected, ComputeThreads.Wanted(current, available, processors));

    [Fact]
    public void Waiting_threads_soon_sleep()
    {
        RequireLinux();
        Assert.Equal(ComputeThreads.SpinCount, SpinCount(Start()));
    }

    [Theory]
    [InlineData("GOMP_SPINCOUNT", "77", 77)]
    [InlineData("OMP_WAIT_POLICY", "passive", 0)]
    public void A_way_of_waiting_that_the_user_has_set_stays(string name, string value, long expected)
    {
        RequireLinux();
        Assert.Equal(expected, SpinCount(Start([], (name, value))));
    }

    [Fact]
    public void What_the_program_has_set_reaches_libtorch()
    {
        RequireLinux();
        var result = Start(["set", "GOMP_SPINCOUNT", "55", "set", "OMP_NUM_THREADS", "3"]);
        Assert.Equal(55, SpinCount(result));
        Assert.Contains("OMP_NUM_THREADS = '3'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void With_one_processor_there_is_one_thread_on_every_thread()
    {
        Assert.Equal("1 1", Start([], ("DOTNET_PROCESSOR_COUNT", "1")).Output);
    }

    [Fact]
    public void Also_where_TorchSharp_was_used_before()
    {
        Assert.Equal("1 1", Start(["use"], ("DOTNET_PROCESSOR_COUNT", "1")).Output);
    }

    [Fact]
    public void A_number_that_the_user_has_set_stays()
    {
        // With MKL, libtorch takes no more threads than there are cores, whatever the variable says.
        Assert.SkipWhen(Environment.ProcessorCount < 2, "One processor leaves no choice.");
        Assert.Equal("2 2", Start([], ("DOTNET_PROCESSOR_COUNT", "1"), ("OMP_NUM_THREADS", "2")).Output);

        // A number that libtorch would not have come to by itself.
        var own = (2 * Environment.ProcessorCount) + 1;
        var number = own.ToString(CultureInfo.InvariantCulture);
        Assert.StartsWith(number, Start(["threads", number], ("DOTNET_PROCESSOR_COUNT", "1")).Output, StringComparison.Ordinal);
    }

    private static (string Output, string Error) Start(params string[] arguments) => Start(arguments, []);

    private static (string Output, string Error) Start(string[] arguments, params (string Name, string Value)[] environment) =>
        Survival.TrainingProcess.RunThreads(arguments, [.. environment, ("OMP_DISPLAY_ENV", "VERBOSE")]);

    private static long SpinCount((string Output, string Error) result)
    {
        var match = ShownSpinCount().Match(result.Error);
        Assert.True(match.Success, result.Error);
        return long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    private static void RequireLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Libtorch for other systems has another OpenMP.");

    [GeneratedRegex("GOMP_SPINCOUNT = '(?<count>[0-9]+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShownSpinCount();
}
