using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// An exponential moving average of a network's weights and buffers, as timm's <c>ModelEmaV2</c> keeps it:
/// average = d·average + (1 − d)·weights after each step. As in TensorFlow's <c>ExponentialMovingAverage</c> with
/// <c>num_updates</c>, d = min(decay, (1 + step)/(10 + step)), so that the first weights are soon forgotten.
/// </summary>
/// <remarks>What is no floating-point number, such as a batch norm's count of batches, is copied.</remarks>
public sealed class ExponentialMovingAverage : IDisposable
{
    private readonly Tensor[] weights;
    private readonly Tensor[] averages;
    private readonly ILookup<bool, int> isFloatingPoint;
    private readonly double decay;

    /// <summary>Starts from the present weights.</summary>
    /// <param name="network">The network, which an optimiser moves.</param>
    /// <param name="decay">The share that the average keeps at each step, in [0, 1); 0.9998 in timm.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is out of range.</exception>
    public ExponentialMovingAverage(nn.Module network, double decay)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (!(decay >= 0 && decay < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(decay), decay, "The decay is at least 0 and below 1.");
        }

        this.decay = decay;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        weights = [.. network.state_dict().Values];
        isFloatingPoint = Enumerable.Range(0, weights.Length).ToLookup(i => weights[i].is_floating_point());
        averages = [.. weights.Select(weight => weight.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Steps taken into the average so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The averages, in the order of the network's state dict: the tensors themselves, not copies.</summary>
    public IReadOnlyList<Tensor> Averages => averages;

    /// <summary>Takes the present weights into the average.</summary>
    public void Update()
    {
        Steps++;
        var kept = Math.Min(decay, (1.0 + Steps) / (10.0 + Steps));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        TorchKernels.Invoke("lerp", isFloatingPoint[true].Select(i => averages[i]).ToArray(), isFloatingPoint[true].Select(i => weights[i]).ToArray(), 1 - kept);
        foreach (var i in isFloatingPoint[false])
        {
            averages[i].copy_(weights[i]);
        }
    }

    /// <summary>Exchanges the network's weights with the averages; a second call undoes the first.</summary>
    public void Swap()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        for (var i = 0; i < weights.Length; i++)
        {
            var present = weights[i].clone();
            weights[i].copy_(averages[i]);
            averages[i].copy_(present);
        }
    }

    /// <summary>Goes on from averages that were read back into <see cref="Averages"/>.</summary>
    internal void Resume(long steps) => Steps = steps;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var average in averages)
        {
            average.Dispose();
        }
    }
}
