using Xunit;

namespace Cass.Tests.Distributed;

public sealed class BatchShareTests
{
    [Theory]
    [InlineData(16, 2, new[] { 8, 8 })]
    [InlineData(10, 3, new[] { 4, 3, 3 })]
    [InlineData(2, 3, new[] { 1, 1, 0 })]
    [InlineData(5, 1, new[] { 5 })]
    public void The_shares_of_all_processes_follow_one_another_and_differ_by_one_image_at_most(int images, int processes, int[] counts)
    {
        var next = 0;
        for (var rank = 0; rank < processes; rank++)
        {
            var (start, count) = new BatchShare(rank, processes).Of(images);
            Assert.Equal((next, counts[rank]), (start, count));
            next += count;
        }

        Assert.Equal(images, next);
    }
}
