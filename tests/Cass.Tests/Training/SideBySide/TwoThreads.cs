using static TorchSharp.torch;

namespace Cass.Tests.Training.SideBySide;

/// <summary>Computes with two threads until it is disposed.</summary>
internal sealed class TwoThreads : IDisposable
{
    private readonly int before = get_num_threads();

    public TwoThreads() => set_num_threads(2);

    public void Dispose() => set_num_threads(before);
}
