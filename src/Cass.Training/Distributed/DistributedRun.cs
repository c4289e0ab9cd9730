using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What the processes of a run do in common. Where a run has one process, there is none of these.</summary>
/// <param name="group">The processes.</param>
/// <param name="synchronizeBatchNorm">Whether batch norms use the statistics of the whole batch.</param>
internal sealed class DistributedRun(IProcessGroup group, bool synchronizeBatchNorm)
{
    private const string Problem = nameof(Problem);

    /// <summary>Exceptions that all processes throw at the same point.</summary>
    private static readonly ConditionalWeakTable<Exception, IProcessGroup> AgreedErrors = [];

    /// <summary>The processes of a run; null where there is one that is alone.</summary>
    public static DistributedRun? Of(IProcessGroup? group, bool synchronizeBatchNorm) => group is null or SingleProcess ? null : new(group, synchronizeBatchNorm);

    public IProcessGroup Group => group;

    /// <summary>Whether batch norms use the statistics of the whole batch.</summary>
    public bool SynchronizesBatchNorm => synchronizeBatchNorm;

    /// <summary>Whether this is the process that logs, reports and saves.</summary>
    public bool IsMain => group.Rank == 0;

    /// <summary>Which part of each batch this process takes.</summary>
    public BatchShare Share => new(group.Rank, group.Size);

    /// <summary>Tells all processes before a step what each of them has to say.</summary>
    /// <param name="images">Images that this process has of the batch; 0 where it has no batch.</param>
    /// <param name="cancels">Whether this process is to stop.</param>
    /// <param name="saves">Whether a checkpoint is due; the main process decides.</param>
    public StepAgreement Agree(int images, bool cancels, bool saves)
    {
        using var scope = NewDisposeScope();
        var own = tensor(new[] { images, cancels ? 1L : 0, saves ? 1L : 0 }, [1, 3]);
        var all = group.AllGather(own, [.. Enumerable.Repeat(1L, group.Size)]).data<long>().ToArray();
        return new StepAgreement([.. all.Where((_, i) => i % 3 == 0)], all.Where((_, i) => i % 3 == 1).Any(flag => flag != 0), all[2] != 0);
    }

    /// <summary>Enters a batch that all processes share.</summary>
    public DistributedBatch Enter(StepAgreement agreement) => DistributedBatch.Enter(group, agreement.Images, synchronizeBatchNorm);

    /// <summary>Begins a phase in all processes or in none.</summary>
    /// <param name="describe">What has to be the same in all of them; it throws where this process cannot begin.</param>
    /// <param name="ignored">Settings that may differ.</param>
    /// <returns>The description.</returns>
    /// <exception cref="CassException">A process cannot begin, or would do something else than the first one.</exception>
    public JsonObject Begin(Func<JsonObject> describe, params IReadOnlyCollection<string> ignored)
    {
        var all = Gather(describe);
        foreach (var (rank, described) in all.Index().Skip(1))
        {
            if (SettingDifferences.Between(all[0], described, ignored) is { Count: > 0 } differences)
            {
                throw Agreed(new CassInputException(
                    $"Process {rank} of {group.Size} would do otherwise than process 0: {string.Join("; ", differences.Select(difference => difference.Replace(" was ", $" is in process 0 ", StringComparison.Ordinal).Replace(" and is ", $", in process {rank} ", StringComparison.Ordinal)))}. Give all processes the same program, settings and images."));
            }
        }

        return all[group.Rank];
    }

    /// <summary>Refuses images that are not the same, in the same order and with the same labels, in all processes.</summary>
    /// <param name="images">Those of this process.</param>
    /// <exception cref="CassException">A process cannot read one, or has others than the first process.</exception>
    public void RequireSame(ImageListing images)
    {
        var all = Gather(images.Summarize);
        if (all.All(summary => JsonNode.DeepEquals(summary, all[0])))
        {
            return;
        }

        var lines = GatherTexts(images.Text);
        var rank = Enumerable.Range(1, all.Count - 1).First(other => !JsonNode.DeepEquals(all[other], all[0]));
        throw Agreed(new CassInputException(
            $"Process {rank} of {group.Size} has other {images.Title} images than process 0: {ImageListing.Difference(rank, all[0], all[rank], lines[0], lines[rank])}. Give all processes the same images, with the same labels and in the same order."));
    }

    /// <summary>Does something in the main process, whose failure is that of all.</summary>
    /// <exception cref="CassException">It failed.</exception>
    public T? InMain<T>(Func<T> work)
    {
        T? result = default;
        CassException? failure = null;
        if (IsMain)
        {
            try
            {
                result = work();
            }
            catch (CassException error)
            {
                failure = error;
            }
        }

        var message = BroadcastText(failure?.Message ?? string.Empty);
        return message.Length == 0 ? result : throw Agreed(failure ?? new CassException(message));
    }

    /// <summary>Something that the main process decides, in all of them.</summary>
    /// <exception cref="CassException">It failed.</exception>
    public T FromMain<T>(Func<T> decide)
        where T : struct, Enum
    {
        var decided = InMain(decide);
        return Enum.Parse<T>(BroadcastText(decided.ToString()));
    }

    /// <summary>Does in each process what needs no other one, and what is then said to have failed in all where it failed in one.</summary>
    /// <exception cref="CassException">It failed in another process.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled in another process.</exception>
    public T Together<T>(Func<T> work)
    {
        const string Cancelled = "cancelled";
        T? result = default;
        Exception? failure = null;
        try
        {
            result = work();
        }
        catch (Exception error)
        {
            failure = error;
        }

        // A failure has a message and so begins with another letter.
        var all = GatherTexts(failure is null ? string.Empty : failure is OperationCanceledException ? Cancelled : $" {failure.Message}");
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(Agreed(failure));
        }

        var (rank, problem) = all.Index().FirstOrDefault(entry => entry.Item.Length > 0);
        if (problem is null)
        {
            return result!;
        }

        (result as IDisposable)?.Dispose();
        throw string.Equals(problem, Cancelled, StringComparison.Ordinal)
            ? Agreed<Exception>(new OperationCanceledException($"It was cancelled in process {rank} of {group.Size}."))
            : Agreed(new CassException($"Process {rank} of {group.Size} failed:{problem}"));
    }

    /// <summary>Does what comes before <see cref="Begin"/>: where it fails in a process, none begins.</summary>
    public T Prepare<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (CassException error) when (!IsAgreed(error))
        {
            Exchange(ProblemOf(error));
            Agreed(error);
            throw;
        }
    }

    /// <summary>Gives all processes the weights and buffers of the main one.</summary>
    public void Broadcast(IEnumerable<nn.Module> modules) => Broadcast(modules.SelectMany(module => module.state_dict().Values));

    /// <summary>
    /// Gives all processes the buffers of the main one, where their batch norms saw different images: so evaluations are the same in all, and a run
    /// that goes on from a checkpoint, which has those of the main one, is the run that was not interrupted.
    /// </summary>
    public void AlignBuffers(IEnumerable<nn.Module> modules)
    {
        if (!synchronizeBatchNorm)
        {
            Broadcast(modules.SelectMany(module => module.buffers()).Where(buffer => buffer.is_floating_point()));
        }
    }

    /// <summary>Gives all processes a checkpoint that the main one has read.</summary>
    public Checkpoint? ShareOut(Checkpoint? checkpoint)
    {
        var description = BroadcastText(IsMain && checkpoint is not null ? SharedCheckpoint.Describe(checkpoint) : string.Empty);
        return description.Length == 0 ? null : SharedCheckpoint.Receive(description, checkpoint, group);
    }

    /// <summary>The state of the random generator of each process: [processes, bytes], at all of them.</summary>
    public Tensor RandomStates()
    {
        using var own = RandomState.Capture().unsqueeze(0);
        return group.AllGather(own, [.. Enumerable.Repeat(1L, group.Size)]);
    }

    /// <summary>Gives each process random numbers of its own; those of the main one are those of a run of one process.</summary>
    public void SeedApart(long seed, long step = 0)
    {
        if (!IsMain)
        {
            random.manual_seed(unchecked(seed + ((long)group.Rank << 32) + (step << 48)));
        }
    }

    /// <summary>The texts of all processes, by rank.</summary>
    public IReadOnlyList<string> GatherTexts(string own)
    {
        using var scope = NewDisposeScope();
        var bytes = Encoding.UTF8.GetBytes(own);
        var lengths = group.AllGather(tensor(new[] { (long)bytes.Length }), [.. Enumerable.Repeat(1L, group.Size)]).data<long>().ToArray();
        var all = group.AllGather(bytes.Length == 0 ? empty(0, ScalarType.Byte) : tensor(bytes), lengths).data<byte>().ToArray();
        var texts = new List<string>();
        var start = 0;
        foreach (var length in lengths)
        {
            texts.Add(Encoding.UTF8.GetString(all, start, (int)length));
            start += (int)length;
        }

        return texts;
    }

    /// <summary>Marks an exception that all processes throw at the same point, so that none is left waiting.</summary>
    public T Agreed<T>(T error)
        where T : Exception
    {
        AgreedErrors.AddOrUpdate(error, group);
        return error;
    }

    /// <summary>Whether all processes throw an exception at the same point.</summary>
    public static bool IsAgreed(Exception error) => AgreedErrors.TryGetValue(error, out _);

    /// <summary>Waits until all processes are done with a phase: one that ended the program would take the main one with it while that writes.</summary>
    public void End() => group.Barrier();

    /// <summary>
    /// Ends all processes where this one fails alone: the others would wait for it. Where all fail, it waits for them, so that the main one has written what
    /// it saves before any leaves.
    /// </summary>
    public void End(Exception error)
    {
        try
        {
            if (IsAgreed(error))
            {
                group.Barrier();
            }
            else if (error is not TrainingFailedException && group.Size > 1)
            {
                group.Abort(error is CassException ? error.Message : error.ToString());
            }
        }
        catch (ObjectDisposedException)
        {
            // Who has left the group keeps nobody waiting, and its error is for the caller.
        }
    }

    /// <summary>What each process has to say, by rank, where none fails to say it.</summary>
    private List<JsonObject> Gather(Func<JsonObject> describe)
    {
        JsonObject own;
        CassException? failure = null;
        try
        {
            own = describe();
        }
        catch (CassException error)
        {
            failure = error;
            own = ProblemOf(error);
        }

        var all = Exchange(own);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(Agreed(failure));
        }

        var (rank, failed) = all.Index().FirstOrDefault(entry => entry.Item.Count == 1 && entry.Item.ContainsKey(Problem));
        return failed is null ? all : throw Agreed(new CassException($"Process {rank} of {group.Size} cannot begin: {failed[Problem]}"));
    }

    private static JsonObject ProblemOf(CassException error) => new() { [Problem] = error.Message };

    private List<JsonObject> Exchange(JsonObject own) => [.. GatherTexts(own.ToJsonString()).Select(text => (JsonObject)JsonNode.Parse(text)!)];

    private string BroadcastText(string text)
    {
        using var scope = NewDisposeScope();
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = tensor(new[] { (long)bytes.Length });
        group.Broadcast(length);
        var count = length.ReadInt64();
        if (count == 0)
        {
            return string.Empty;
        }

        var content = IsMain ? tensor(bytes) : empty(count, ScalarType.Byte);
        group.Broadcast(content);
        return Encoding.UTF8.GetString(content.data<byte>().ToArray());
    }

    private void Broadcast(IEnumerable<Tensor> tensors)
    {
        using var guard = no_grad();
        foreach (var tensor in tensors)
        {
            group.Broadcast(tensor);
        }
    }
}
