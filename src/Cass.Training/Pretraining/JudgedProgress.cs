using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// The mean over an epoch of what a method's progress is judged by (<see cref="SelfSupervisedOutput.JudgedLoss"/>). It is summed up on the device and
/// read once; the sum is part of checkpoints.
/// </summary>
internal sealed class JudgedProgress : IDisposable
{
    /// <summary>As the figures of metrics, it may be infinite.</summary>
    private const string Name = "metric.judged";

    private Tensor? sumAndBatches;

    /// <summary>Takes in a batch; null where the method judges by its loss.</summary>
    public void Add(Tensor? judged)
    {
        if (judged is null)
        {
            return;
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var type = judged.device_type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
        sumAndBatches ??= zeros(2, type, judged.device).DetachFromDisposeScope();
        sumAndBatches.PlusInPlace(stack([judged.detach().reshape([]).to(type), ones([], type, judged.device)]));
    }

    /// <summary>The mean of the epoch, after which the next one begins; null where nothing was taken in.</summary>
    public double? End()
    {
        if (sumAndBatches is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var values = sumAndBatches.cpu().to(ScalarType.Float64).data<double>().ToArray();
        Dispose();
        return values[0] / values[1];
    }

    /// <summary>What was summed up so far, for a checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => sumAndBatches is null ? [] : [new(Name, sumAndBatches)];

    public void Restore(Checkpoint checkpoint, Device device)
    {
        Dispose();
        sumAndBatches = checkpoint.Find(Name)?.to(device, copy: true).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        sumAndBatches?.Dispose();
        sumAndBatches = null;
    }
}
