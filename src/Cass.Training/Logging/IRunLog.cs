namespace Cass.Training;

/// <summary>Where the figures of a run are recorded.</summary>
internal interface IRunLog : IDisposable
{
    /// <summary>Begins a phase, before its first figure.</summary>
    /// <param name="phase">Its name.</param>
    /// <param name="resumedAt">The epoch in which it goes on, so that figures of that epoch and later ones come again; null where it starts anew.</param>
    void Begin(string phase, int? resumedAt)
    {
    }

    /// <summary>Notes the numbers that a phase computes in, where <see cref="NumericPrecision.Auto"/> left them open.</summary>
    void Precision(string phase, PrecisionChoice choice)
    {
    }

    /// <summary>Notes a figure of a phase that has begun.</summary>
    void Scalar(string phase, string tag, double value, int step);

    /// <summary>Notes which images a phase sees.</summary>
    void Data(string phase, DataManifest manifest)
    {
    }
}
