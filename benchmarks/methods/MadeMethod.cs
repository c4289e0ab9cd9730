using Cass.Training;

namespace Cass.Methods.Benchmarks;

/// <summary>A method with the networks that it was made of.</summary>
internal sealed record MadeMethod(ISelfSupervisedMethod Method, IReadOnlyList<Backbone> Networks) : IDisposable
{
    public void Dispose()
    {
        Method.Dispose();
        foreach (var network in Networks)
        {
            network.Dispose();
        }
    }
}
