using Xunit;

namespace Cass.Tests.Processors;

public sealed class AvailableProcessorsTests
{
    [Theory]
    [InlineData(8, null, 8)]
    [InlineData(8, 16.0, 8)]
    [InlineData(8, 1.0, 1)]
    [InlineData(8, 0.25, 1)]
    [InlineData(8, 2.0, 2)]
    [InlineData(8, 2.9, 2)]
    [InlineData(1, 0.5, 1)]
    public void No_more_than_the_quota_and_at_least_one(int processors, double? quota, int expected) =>
        Assert.Equal(expected, AvailableProcessors.Within(processors, quota));

    [Fact]
    public void This_process_has_some() =>
        Assert.InRange(AvailableProcessors.Count, 1, Environment.ProcessorCount);
}
