namespace Cass.Training;

internal sealed class SilentLog : IRunLog
{
    public void Scalar(string phase, string tag, double value, int step)
    {
    }

    public void Dispose()
    {
    }
}
