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

    [Theory]
    [InlineData(66, 16, 3, true, false)]
    [InlineData(67, 16, 3, true, true)]
    [InlineData(67, 16, 2, false, false)]
    [InlineData(68, 16, 2, false, true)]
    [InlineData(64, 16, 16, false, true)]
    [InlineData(64, 16, 17, true, false)]
    public void A_batch_size_is_allowed_where_each_process_has_what_it_needs_of_the_last_batch(int images, int batchSize, int processes, bool synchronizes, bool expected) =>
        Assert.Equal(expected, new Cass.Training.BatchRule(batchSize, DropLast: false, NeedsStatistics: true) { Processes = processes, Synchronizes = synchronizes }.Allows(images));
}
