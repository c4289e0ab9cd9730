namespace Cass.Serving;

/// <summary>The predictor that images go to from now on.</summary>
internal sealed class CurrentPredictor
{
    private LoadedPredictor? current;

    /// <summary>It, without keeping it from being disposed; null before the first and after the last.</summary>
    public LoadedPredictor? Peek() => Volatile.Read(ref current);

    /// <summary>It, to be left by whoever has entered it.</summary>
    /// <exception cref="ObjectDisposedException">There is none any more.</exception>
    public LoadedPredictor Enter()
    {
        while (Peek() is { } loaded)
        {
            if (loaded.TryEnter())
            {
                return loaded;
            }
        }

        throw StoppedService.Error();
    }

    /// <summary>Puts another in its place, which is disposed once its last image is answered.</summary>
    public void Replace(LoadedPredictor? next) => Interlocked.Exchange(ref current, next)?.Leave();
}
