using Cass.Tests.DistributedProcess;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>A process group that a user writes for tests of its own: threads in place of processes.</summary>
public sealed class ThreadGroupTests
{
    [Theory]
    [InlineData("cass")]
    [InlineData("finetune")]
    public void Threads_of_one_process_train_one_network_together(string what)
    {
        const int Threads = 2;
        using var folder = new ResultFolder();
        var meeting = new Meeting(Threads);
        var failures = new Exception?[Threads];
        var threads = Enumerable.Range(0, Threads).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = new ThreadGroup(meeting, rank);
                DistributedProcess.Training.Run(group, folder.Path, new TrainingSettings([$"what={what}", "images=34", "dropLast=0"]));
            }
            catch (Exception error)
            {
                failures[rank] = error;
            }
        })
        { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(1)), $"A thread waits without end. {failures[0]} {failures[1]}"));
        Assert.All(failures, Assert.Null);
        var (difference, name) = ResultFolder.Compare(folder.Result(what), folder.Result(what, rank: 1));
        Assert.True(difference == 0, $"'{name}' differs by {difference}.");
    }
}
