using System.Runtime.ExceptionServices;
using Cass.Tensors;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Two threads that compute one network each at the same time, with half of the threads that libtorch would compute both with one after the other. Operations of small networks
/// on few images are short, and dividing each among threads costs as much as it saves.
/// </summary>
/// <remarks>What a thread computes does not depend on what the other does: results are those of half as many threads, whoever is the faster.</remarks>
internal sealed class NetworkThreads : IDisposable
{
    private readonly int all = get_num_threads();
    private readonly Worker first;
    private readonly Worker second;

    public NetworkThreads()
    {
        var half = all / 2;
        first = new Worker("first network", all - half);
        second = new Worker("second network", half);
    }

    /// <summary>Threads that libtorch computes both networks with.</summary>
    public int Count => all;

    /// <summary>Runs both at the same time, with the caller's precision, and waits for both.</summary>
    /// <exception cref="Exception">What one of them has thrown; the first one's, where both have.</exception>
    public void Run(Action ofFirst, Action ofSecond)
    {
        var mixed = Autocast.IsEnabled;
        first.Begin(ofFirst, mixed);
        second.Begin(ofSecond, mixed);
        var (error, other) = (first.End(), second.End());
        (error ?? other)?.Throw();
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();

        // A new thread takes over the number that was set last, on whatever thread.
        set_num_threads(all);
    }

    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim begun = new(0);
        private readonly SemaphoreSlim ended = new(0);
        private readonly Thread thread;
        private Action? work;
        private bool mixed;
        private ExceptionDispatchInfo? error;

        public Worker(string name, int threads)
        {
            thread = new Thread(() => Loop(threads)) { IsBackground = true, Name = name };
            thread.Start();
        }

        public void Begin(Action action, bool inMixedPrecision)
        {
            (work, mixed) = (action, inMixedPrecision);
            begun.Release();
        }

        public ExceptionDispatchInfo? End()
        {
            ended.Wait();
            return error;
        }

        public void Dispose()
        {
            work = null;
            begun.Release();
            thread.Join();
            begun.Dispose();
            ended.Dispose();
        }

        private void Loop(int threads)
        {
            set_num_threads(threads);
            while (true)
            {
                begun.Wait();
                if (work is not { } action)
                {
                    return;
                }

                error = null;
                try
                {
                    using var precision = Autocast.Enable(mixed);
                    action();
                }
#pragma warning disable CA1031 // It is thrown again on the thread that waits for it.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    error = ExceptionDispatchInfo.Capture(exception);
                }

                ended.Release();
            }
        }
    }
}
