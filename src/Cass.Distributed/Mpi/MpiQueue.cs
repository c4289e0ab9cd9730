using System.Collections.Concurrent;

namespace Cass.Distributed;

/// <summary>Carries out operations one at a time, in the order in which they were asked for: on a thread of its own those that nobody waits for yet.</summary>
internal sealed class MpiQueue : IDisposable
{
    private readonly BlockingCollection<(Action Work, TaskCompletionSource Done)> waiting = new();
    private readonly Lock gate = new();
    private Thread? thread;
    private int outstanding;

    /// <summary>Carries out an operation.</summary>
    public void Run(Action work)
    {
        if (Volatile.Read(ref outstanding) == 0)
        {
            lock (gate)
            {
                work();
            }

            return;
        }

        Begin(work).GetAwaiter().GetResult();
    }

    /// <summary>Has an operation carried out while the caller goes on.</summary>
    public Task Begin(Action work)
    {
        if (thread is null)
        {
            thread = new Thread(Work) { IsBackground = true, Name = nameof(MpiQueue) };
            thread.Start();
        }

        var done = new TaskCompletionSource();
        Interlocked.Increment(ref outstanding);
        waiting.Add((work, done));
        return done.Task;
    }

    public void Dispose()
    {
        waiting.CompleteAdding();
        if (thread is not null && thread != Thread.CurrentThread)
        {
            thread.Join();
        }

        waiting.Dispose();
    }

    private void Work()
    {
        foreach (var (work, done) in waiting.GetConsumingEnumerable())
        {
            Exception? failure = null;
            try
            {
                lock (gate)
                {
                    work();
                }
            }
#pragma warning disable CA1031 // Whoever waits for the operation gets the exception.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = error;
            }

            Interlocked.Decrement(ref outstanding);
            if (failure is null)
            {
                done.SetResult();
            }
            else
            {
                done.SetException(failure);
            }
        }
    }
}
