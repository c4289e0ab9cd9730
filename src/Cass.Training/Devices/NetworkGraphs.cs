using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// What two networks have made of a batch on threads of their own. The loss is computed of copies that end its graph, so that its backward pass stops there, and each network's goes on on its own
/// thread. Gradients are those of one graph.
/// </summary>
internal sealed class NetworkGraphs : IDisposable
{
    private readonly NetworkThreads threads;
    private readonly Tensor[] first;
    private readonly Tensor[] second;

    /// <summary>Computes both networks' outputs of some views.</summary>
    /// <param name="threads">What computes them.</param>
    /// <param name="first">The outputs of the first network, whose graphs are its own.</param>
    /// <param name="second">The outputs of the second.</param>
    public NetworkGraphs(NetworkThreads threads, Func<IReadOnlyList<Tensor>> first, Func<IReadOnlyList<Tensor>> second)
    {
        this.threads = threads;
        Tensor[]? ofFirst = null;
        Tensor[]? ofSecond = null;
        try
        {
            threads.Run(() => ofFirst = Compute(first), () => ofSecond = Compute(second));
        }
        catch
        {
            Array.ForEach([.. ofFirst ?? [], .. ofSecond ?? []], tensor => tensor.Dispose());
            throw;
        }

        (this.first, this.second) = (ofFirst!, ofSecond!);
        First = [.. this.first.Select(EndOfGraph)];
        Second = [.. this.second.Select(EndOfGraph)];
    }

    /// <summary>The first network's outputs, of which the loss is computed.</summary>
    public IReadOnlyList<Tensor> First { get; }

    /// <summary>The second network's.</summary>
    public IReadOnlyList<Tensor> Second { get; }

    /// <summary>Goes on where the backward pass of the loss has ended.</summary>
    public void Backward() => threads.Run(() => Backward(first, First), () => Backward(second, Second));

    public void Dispose() => Array.ForEach([.. first, .. second, .. First, .. Second], tensor => tensor.Dispose());

    private static Tensor[] Compute(Func<IReadOnlyList<Tensor>> network)
    {
        using var scope = NewDisposeScope();
        return [.. network().Select(output => output.DetachFromDisposeScope())];
    }

    /// <summary>Of a network that is frozen as a whole, the loss is to need no gradient either.</summary>
    private static Tensor EndOfGraph(Tensor output) => output.detach().requires_grad_(output.requires_grad).DetachFromDisposeScope();

    private static void Backward(Tensor[] outputs, IReadOnlyList<Tensor> ends)
    {
        using var scope = NewDisposeScope();
        var pairs = outputs.Zip(ends).Where(pair => pair.First.requires_grad && pair.Second.grad is not null).ToList();
        if (pairs.Count > 0)
        {
            autograd.backward([.. pairs.Select(pair => pair.First)], [.. pairs.Select(pair => pair.Second.grad!)]);
        }
    }
}
