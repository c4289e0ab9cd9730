namespace Cass.Training;

/// <summary>Owns what is made on the way to something larger, and disposes it, the last first, unless the larger thing takes it over.</summary>
internal sealed class DisposableStack : IDisposable
{
    private Stack<IDisposable> owned = [];

    /// <summary>Takes over something.</summary>
    public T Push<T>(T disposable)
        where T : IDisposable
    {
        owned.Push(disposable);
        return disposable;
    }

    /// <summary>Hands over all that it owns.</summary>
    public DisposableStack Move()
    {
        var moved = new DisposableStack { owned = owned };
        owned = [];
        return moved;
    }

    public void Dispose()
    {
        while (owned.TryPop(out var disposable))
        {
            disposable.Dispose();
        }
    }
}
