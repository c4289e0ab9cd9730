using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Distributed;

/// <summary>
/// The processes that an MPI launcher has started together, over the MPI library of the system: Open MPI, MPICH, or one that shares the
/// binary interface of either.
/// </summary>
/// <remarks>
/// <para>Which library is loaded goes by the launcher's environment; the variable <c>CASS_MPI_LIBRARY</c> names another. Tensors of a GPU
/// are copied to host memory and back; float16 and bfloat16 are summed up in float32.</para>
/// <para>An exception that nobody catches, an exit code other than 0, and a process that has left while others wait for it end the whole job, as a
/// process that is killed does.</para>
/// </remarks>
public sealed class MpiProcessGroup : IProcessGroup
{
    private const int LargestCount = 1 << 28;

    /// <summary>Both libraries reduce a few megabytes several times as fast, a byte, as a hundred at once: what is summed up stays in the cache.</summary>
    private const int ReducedAtOnce = 1 << 20;
    private const int PollsBetweenLooks = 1024;
    private const int FailureCode = 1;

    /// <summary>Time for a process that has left to tell why, and for what it sent before to arrive.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShortLeave = TimeSpan.FromSeconds(1);

    private readonly MpiOptions options;
    private readonly MpiLibrary library;
    private readonly MpiQueue queue = new();
    private readonly MpiDeparture departure;
    private readonly nint operations;
    private int state;
    private int isAborting;

    /// <summary>Joins the job. A process does it once.</summary>
    /// <param name="options">Settings; the defaults where null.</param>
    /// <exception cref="CassException">There is no MPI library, it cannot be used, it is not that of the launcher, or this process has joined before.</exception>
    public MpiProcessGroup(MpiOptions? options = null)
    {
        this.options = options ?? new MpiOptions();
        if (this.options.Timeout <= TimeSpan.Zero)
        {
            throw new CassInputException($"{nameof(MpiOptions)}.{nameof(MpiOptions.Timeout)} is {this.options.Timeout}; it must be above zero.");
        }

        TorchBackend.EnsureLoaded();
        library = MpiLaunch.Load();
        Transport = library.Version;
        if (library.IsInitialized)
        {
            throw new CassException($"This process has joined its MPI job before; make one {nameof(MpiProcessGroup)} and keep it to the end.");
        }

        if (library.Initialize() < MpiHandles.ThreadSerialized)
        {
            throw new CassException($"{Transport} was built without support for threads (MPI_THREAD_SERIALIZED); install one that has it.");
        }

        Rank = library.RankIn(library.Handles.World);
        Size = library.SizeOf(library.Handles.World);
        RequireWhole();
        operations = library.Duplicate(library.Handles.World);
        departure = new MpiDeparture(library, library.Duplicate(library.Handles.World), Rank, Size);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        LocalRank = MpiLaunch.LocalRank ?? FindLocalRank();
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <inheritdoc/>
    public string Transport { get; }

    internal static TimeSpan DefaultTimeout => Environment.GetEnvironmentVariable(MpiLaunch.TimeoutVariable) is not { Length: > 0 } text ? TimeSpan.FromMinutes(30)
        : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds)
        : throw new CassInputException($"The environment variable {MpiLaunch.TimeoutVariable} is '{text}'; give a number of seconds above 0.");

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        RequireOpen();
        if (TypeOf(tensor) is { } type && IsInPlace(tensor))
        {
            queue.Run(() => Reduce(tensor, type, HandleOf(operation)));
            return;
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var staged = Staged(tensor, WideTypeOf(tensor));
        queue.Run(() => Reduce(staged, TypeOf(staged)!.Value, HandleOf(operation)));
        tensor.copy_(staged);
    }

    /// <inheritdoc/>
    public Task AllReduceAsync(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        RequireOpen();
        if (TypeOf(tensor) is { } type && IsInPlace(tensor))
        {
            return queue.Begin(() => Reduce(tensor, type, HandleOf(operation)));
        }

        AllReduce(tensor, operation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, Size);
        RequireOpen();
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        if (IsInPlace(tensor))
        {
            queue.Run(() => Send(tensor, root));
            return;
        }

        var staged = Staged(tensor, tensor.dtype);
        queue.Run(() => Send(staged, root));
        if (Rank != root)
        {
            tensor.copy_(staged);
        }
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor rows, IReadOnlyList<long>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RequireOpen();
        if (rows.dim() == 0)
        {
            throw new ArgumentException("A scalar has no rows; give a tensor of one dimension or more.", nameof(rows));
        }

        counts ??= CountsOf(rows.shape[0]);
        if (counts.Count != Size || counts[Rank] != rows.shape[0])
        {
            throw new ArgumentException($"{rows.shape[0]} rows are given; the counts say [{string.Join(", ", counts)}] for {Size} processes, this being number {Rank}.", nameof(counts));
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var own = Staged(rows, rows.dtype);
        var all = empty([counts.Sum(), .. rows.shape[1..]], rows.dtype, CPU);
        var bytes = own.element_size() * rows.shape[1..].Aggregate(1L, (product, side) => product * side);
        queue.Run(() => Gather(own, all, [.. counts.Select(count => checked((int)(count * bytes)))]));
        return all.to(rows.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public unsafe void Barrier()
    {
        RequireOpen();
        queue.Run(() =>
        {
            nint request = 0;
            library.BeginBarrier(operations, &request);
            Wait(&request, "a barrier");
        });
    }

    /// <inheritdoc/>
    [DoesNotReturn]
    public void Abort(string reason)
    {
        RequireOpen();
        AbortAll(reason);
    }

    [DoesNotReturn]
    private void AbortAll(string reason)
    {
        if (Interlocked.Exchange(ref isAborting, 1) == 0)
        {
            Console.Error.WriteLine($"Process {Rank} of {Size}: {reason}");
            Console.Error.Flush();
            new Thread(EndAnyhow) { IsBackground = true }.Start();
            library.Abort(FailureCode);
        }

        Thread.Sleep(Timeout.Infinite);
        throw new UnreachableException();
    }

    /// <summary>
    /// Leaves the group. Where others are still at work, it waits for them when the process ends.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.CompareExchange(ref state, 1, 0) == 0)
        {
            queue.Dispose();
            Leave(ShortLeave);
        }
    }

    /// <summary>The library's own way may wait for threads that wait for it.</summary>
    private static void EndAnyhow()
    {
        Thread.Sleep(Grace);
        Process.GetCurrentProcess().Kill();
    }

    private static bool IsInPlace(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    private static Tensor Staged(Tensor tensor, ScalarType type) => tensor.detach().to(type, CPU).contiguous();

    private static ScalarType WideTypeOf(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float16 or ScalarType.BFloat16 => ScalarType.Float32,
        ScalarType.Float32 or ScalarType.Float64 => tensor.dtype,
        ScalarType.Byte or ScalarType.Int32 or ScalarType.Int64 => ScalarType.Int64,
        _ => throw new ArgumentException($"A tensor of {tensor.dtype} cannot be reduced; use floating-point numbers, bytes, Int32 or Int64.", nameof(tensor)),
    };

    private static unsafe byte* Address(Tensor tensor)
    {
        fixed (byte* pointer = tensor.bytes)
        {
            return pointer;
        }
    }

    private nint? TypeOf(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => library.Handles.Float,
        ScalarType.Float64 => library.Handles.Double,
        ScalarType.Int64 => library.Handles.Int64,
        _ => null,
    };

    private nint HandleOf(ReduceOperation operation) => operation switch
    {
        ReduceOperation.Sum => library.Handles.Sum,
        ReduceOperation.Max => library.Handles.Max,
        ReduceOperation.Min => library.Handles.Min,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, $"'{operation}' is not Sum, Max or Min."),
    };

    private unsafe void Reduce(Tensor tensor, nint type, nint operation)
    {
        var address = Address(tensor);
        var (count, width) = (tensor.NumberOfElements, tensor.element_size());
        for (var start = 0L; start < count; start += ReducedAtOnce)
        {
            nint request = 0;
            library.BeginAllReduce(address + (start * width), (int)Math.Min(ReducedAtOnce, count - start), type, operation, operations, &request);
            Wait(&request, "an all-reduce");
        }
    }

    private unsafe void Send(Tensor tensor, int root)
    {
        var address = Address(tensor);
        var count = tensor.NumberOfElements * tensor.element_size();
        for (var start = 0L; start < count; start += LargestCount)
        {
            nint request = 0;
            library.BeginBroadcast(address + start, (int)Math.Min(LargestCount, count - start), root, operations, &request);
            Wait(&request, "a broadcast");
        }
    }

    private unsafe void Gather(Tensor own, Tensor all, int[] bytes)
    {
        var offsets = new int[Size];
        for (var i = 1; i < Size; i++)
        {
            offsets[i] = checked(offsets[i - 1] + bytes[i - 1]);
        }

        fixed (int* counts = bytes, starts = offsets)
        {
            nint request = 0;
            library.BeginAllGather(bytes[Rank] == 0 ? null : Address(own), bytes[Rank], all.NumberOfElements == 0 ? null : Address(all), counts, starts, operations, &request);
            Wait(&request, "an all-gather");
        }
    }

    private long[] CountsOf(long own)
    {
        using var scope = NewDisposeScope();
        var counts = tensor([own]);
        return AllGather(counts, [.. Enumerable.Repeat(1L, Size)]).data<long>().ToArray();
    }

    private int FindLocalRank()
    {
        const int Longest = 256;
        using var scope = NewDisposeScope();
        var name = new byte[Longest];
        System.Text.Encoding.UTF8.GetBytes(Environment.MachineName.AsSpan(0, Math.Min(Longest / 4, Environment.MachineName.Length)), name);
        var names = AllGather(tensor(name, [1, Longest]), [.. Enumerable.Repeat(1L, Size)]).data<byte>().ToArray();
        return Enumerable.Range(0, Rank).Count(other => names.AsSpan(other * Longest, Longest).SequenceEqual(name));
    }

    /// <summary>Waits for an operation, and looks now and then whether those that it waits for are still there.</summary>
    private unsafe void Wait(nint* request, string operation)
    {
        long begun = 0;
        long? deserted = null;
        for (var polls = 1; !library.IsDone(request); polls++)
        {
            if (polls % PollsBetweenLooks != 0)
            {
                Thread.Yield();
                continue;
            }

            var now = Stopwatch.GetTimestamp();
            begun = begun == 0 ? now : begun;
            if (Stopwatch.GetElapsedTime(begun, now) > options.Timeout)
            {
                AbortAll(string.Create(CultureInfo.InvariantCulture, $"waited {options.Timeout.TotalSeconds:0.#} seconds in {operation} for the other processes, of which one hangs or cannot be reached. Look at its output and at the network; where it takes so long, raise {nameof(MpiOptions)}.{nameof(MpiOptions.Timeout)} or {MpiLaunch.TimeoutVariable}."));
            }

            if (departure.Hear() is { } gone)
            {
                deserted ??= now;
                if (Stopwatch.GetElapsedTime(deserted.Value, now) > Grace)
                {
                    AbortAll($"waits in {operation} for process {gone}, which has left. Its output says why.");
                }
            }
        }
    }

    private void RequireWhole()
    {
        try
        {
            MpiLaunch.RequireWhole(Rank, Size, Transport);
        }
        catch (CassException) when (Size == 1)
        {
            library.Finish();
            throw;
        }
    }

    private void RequireOpen() => ObjectDisposedException.ThrowIf(state != 0, this);

    private void Leave(TimeSpan limit)
    {
        if (departure.Leave(limit) && Interlocked.Exchange(ref state, 2) != 2)
        {
            library.Finish();
            AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        }
    }

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e) => AbortAll($"failed. {e.ExceptionObject}");

    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (state == 2)
        {
            return;
        }

        if (Environment.ExitCode != 0)
        {
            AbortAll(string.Create(CultureInfo.InvariantCulture, $"ends with exit code {Environment.ExitCode}, and all others with it."));
        }

        state = 1;
        Leave(options.Timeout);
        if (state != 2)
        {
            AbortAll(string.Create(CultureInfo.InvariantCulture, $"has ended, and waited {options.Timeout.TotalSeconds:0.#} seconds for the others to do so."));
        }
    }
}
