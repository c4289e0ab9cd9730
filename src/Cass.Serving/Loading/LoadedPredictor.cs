namespace Cass.Serving;

/// <summary>A predictor that is disposed once nobody uses it any more.</summary>
internal sealed class LoadedPredictor(IImagePredictor predictor, string stamp)
{
    private int users = 1;

    public IImagePredictor Predictor => predictor;

    /// <summary>The state of its files when they were read.</summary>
    public string Stamp => stamp;

    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>Keeps it from being disposed until <see cref="Leave"/>; false where that is too late.</summary>
    public bool TryEnter()
    {
        for (var seen = Volatile.Read(ref users); seen > 0; seen = Volatile.Read(ref users))
        {
            if (Interlocked.CompareExchange(ref users, seen + 1, seen) == seen)
            {
                return true;
            }
        }

        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref users) == 0 && predictor is IDisposable disposable)
        {
            disposable.Dispose();
            NativeHeap.TrimSoon();
        }
    }
}
