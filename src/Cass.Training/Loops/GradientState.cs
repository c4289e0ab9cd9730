using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Gradients as part of a checkpoint: where they are never cleared, or a step is made of several batches.</summary>
internal static class GradientState
{
    private const string Suffix = ".grad";

    public static IEnumerable<KeyValuePair<string, Tensor>> Of(IEnumerable<KeyValuePair<string, Parameter>> parameters) =>
        from parameter in parameters
        let gradient = parameter.Value.grad
        where gradient is not null
        select new KeyValuePair<string, Tensor>(parameter.Key + Suffix, gradient);

    public static void Restore(Checkpoint checkpoint, IEnumerable<KeyValuePair<string, Parameter>> parameters)
    {
        foreach (var (name, parameter) in parameters)
        {
            if (checkpoint.Find(name + Suffix) is { } saved)
            {
                // A gradient lies in memory as its parameter does, whatever order it was saved in.
                using var guard = no_grad();
                using var gradient = empty_like(parameter);
                gradient.copy_(saved);
                parameter.grad = gradient;
            }
        }
    }
}
