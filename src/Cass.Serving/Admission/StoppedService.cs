namespace Cass.Serving;

/// <summary>What images get that come to a service too late.</summary>
internal static class StoppedService
{
    public static ObjectDisposedException Error() => new(nameof(ClassifierService));
}
