namespace Cass.Training;

/// <summary>Where the figures of a run are recorded.</summary>
internal interface IRunLog : IDisposable
{
    void Scalar(string tag, double value, int step);

    /// <summary>Notes which images a phase sees.</summary>
    void Data(string phase, DataManifest manifest)
    {
    }
}
