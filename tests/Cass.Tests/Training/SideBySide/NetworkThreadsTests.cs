using Cass.Training;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.SideBySide;

[Collection(SideBySideCollection.Name)]
public sealed class NetworkThreadsTests
{
    [Fact]
    public void Both_run_at_the_same_time_on_half_of_the_threads_each()
    {
        using var two = new TwoThreads();
        using var threads = new NetworkThreads();
        using var met = new Barrier(2);
        var (ofFirst, ofSecond) = (0, 0);

        // Neither would get past the barrier if one waited for the other.
        threads.Run(() => ofFirst = Meet(), () => ofSecond = Meet());

        Assert.Equal((2, 1, 1, 2), (threads.Count, ofFirst, ofSecond, get_num_threads()));

        int Meet()
        {
            Assert.True(met.SignalAndWait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
            return get_num_threads();
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void What_one_throws_reaches_the_caller_when_both_have_ended_and_the_threads_go_on(bool first, bool second)
    {
        using var two = new TwoThreads();
        using var threads = new NetworkThreads();
        var ended = 0;

        var error = Assert.Throws<InvalidDataException>(() => threads.Run(() => Work(first, "first"), () => Work(second, "second")));

        Assert.Equal((first ? "first" : "second", 2), (error.Message, ended));
        threads.Run(() => Work(false, ""), () => Work(false, ""));
        Assert.Equal(4, ended);

        void Work(bool fails, string name)
        {
            Thread.Sleep(fails ? 0 : 20);
            Interlocked.Increment(ref ended);
            if (fails)
            {
                throw new InvalidDataException(name);
            }
        }
    }

    [Fact]
    public void Afterwards_new_threads_compute_with_as_many_as_before()
    {
        using var two = new TwoThreads();
        using (var threads = new NetworkThreads())
        {
            threads.Run(() => { }, () => { });
        }

        var ofNewThread = 0;
        var thread = new Thread(() => ofNewThread = get_num_threads());
        thread.Start();
        thread.Join();
        Assert.Equal(2, ofNewThread);
    }
}
