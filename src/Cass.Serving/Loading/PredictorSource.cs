namespace Cass.Serving;

/// <summary>Where a service has its classifier from.</summary>
public sealed class PredictorSource
{
    /// <summary>Names the files and what reads them.</summary>
    /// <param name="files">Every file that the predictor is read from, whose change makes it be read again; none where nothing is to be watched.</param>
    /// <param name="load">Reads the predictor. Called again for every reload, on a thread of its own. The service disposes what it gives, where it can be disposed.</param>
    public PredictorSource(IReadOnlyList<string> files, Func<IImagePredictor> load)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(load);
        foreach (var file in files)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(file, nameof(files));
        }

        Files = [.. files];
        Load = load;
    }

    /// <summary>Every file that the predictor is read from.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Reads the predictor.</summary>
    public Func<IImagePredictor> Load { get; }
}
