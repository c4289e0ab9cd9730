using TorchSharp;
using Xunit;

namespace Cass.Tests.Distributed;

public sealed class CollectiveTests(DistributedRuns runs)
{
    [Fact]
    public void Two_processes_have_of_each_operation_of_Open_MPI_what_MPI_defines()
    {
        var results = runs.Together(MpiLauncher.OpenMpi);
        for (var rank = 0; rank < 2; rank++)
        {
            var lines = File.ReadAllLines(Path.Combine(results, $"rank-{rank}.txt"));
            Assert.StartsWith($"rank {rank} of 2, local {rank}, Open MPI v", lines[0], StringComparison.Ordinal);
            Assert.Equal(
                [
                    "sum Float64 [3]:3 10 -4",
                    "sum Float32 [3]:3 10 -4",
                    "sum Float16 [3]:3 10 -4",
                    "sum BFloat16 [3]:3 10 -4",
                    "sum Int64 [3]:3 10 -4",
                    "Max [2]:1 0",
                    "Min [2]:0 -1",
                    "transposed [3,2]:0 9 3 12 6 15",
                    "async 1 3 5 7 9",
                    "broadcast [2,2]:8 8 8 8",
                    "gather [1,2]:1 1",
                    "gather known [1,2]:1 1",
                ],
                lines[1..]);
        }
    }

    [Fact]
    public void Three_processes_have_of_each_operation_of_MPICH_what_MPI_defines()
    {
        var results = runs.Together(MpiLauncher.Mpich);
        for (var rank = 0; rank < 3; rank++)
        {
            var lines = File.ReadAllLines(Path.Combine(results, $"rank-{rank}.txt"));
            Assert.StartsWith($"rank {rank} of 3, local {rank}, MPICH", lines[0], StringComparison.Ordinal);
            Assert.Equal(
                [
                    "sum Float64 [3]:6 30 -6",
                    "sum Float32 [3]:6 30 -6",
                    "sum Float16 [3]:6 30 -6",
                    "sum BFloat16 [3]:6 30 -6",
                    "sum Int64 [3]:6 30 -6",
                    "Max [2]:2 0",
                    "Min [2]:0 -2",
                    "transposed [3,2]:0 18 6 24 12 30",
                    "async 3 6 9 12 15",
                    "broadcast [2,2]:9 9 9 9",
                    "gather [3,2]:1 1 2 2 2 2",
                    "gather known [3,2]:1 1 2 2 2 2",
                ],
                lines[1..]);
        }
    }

    [Fact]
    public void A_single_process_has_its_own_numbers_of_each_operation()
    {
        using var scope = torch.NewDisposeScope();
        using var group = new SingleProcess();
        var numbers = torch.tensor(new[] { 1.0, 2.0 });
        group.AllReduce(numbers);
        group.Broadcast(numbers);
        var gathered = group.AllGather(numbers);

        Assert.Equal((0, 1, 0), (group.Rank, group.Size, group.LocalRank));
        Assert.Equal([1.0, 2.0], gathered.data<double>().ToArray());
        Assert.NotSame(numbers, gathered);
    }
}
