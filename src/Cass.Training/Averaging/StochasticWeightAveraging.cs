using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407) with the two modes of torchcontrib's
/// <c>SWA</c>: by hand, with <see cref="Update"/>; or by itself, where a start and a frequency are given.
/// </summary>
/// <remarks>
/// After <see cref="Swap"/>, batch-norm statistics belong to other weights: recompute them with
/// <see cref="BatchNormStatistics"/>.
/// </remarks>
public sealed class StochasticWeightAveraging : IDisposable
{
    private readonly Tensor[] parameters;
    private readonly Tensor[] averages;
    private readonly int? start;
    private readonly int? frequency;

    /// <summary>Averages nothing yet.</summary>
    /// <param name="parameters">The parameters, which an optimiser moves.</param>
    /// <param name="start">Steps before the first average is taken, at least 0; null to call <see cref="Update"/> by hand.</param>
    /// <param name="frequency">An average is taken at each step that it divides, at least 1; null to call <see cref="Update"/> by hand.</param>
    /// <exception cref="ArgumentException">Only one of start and frequency is given.</exception>
    public StochasticWeightAveraging(IEnumerable<Tensor> parameters, int? start = null, int? frequency = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (start is null != frequency is null)
        {
            throw new ArgumentException("Give both start and frequency, or neither.", nameof(frequency));
        }

        if (start < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, "The start is at least 0.");
        }

        if (frequency < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(frequency), frequency, "The frequency is at least 1.");
        }

        this.start = start;
        this.frequency = frequency;
        this.parameters = [.. parameters];
        using var guard = no_grad();
        averages = [.. this.parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
    }

    /// <summary>Averages taken so far.</summary>
    public int Count { get; private set; }

    /// <summary>Steps counted so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The averages, in the order of the parameters: the tensors themselves, not copies.</summary>
    public IReadOnlyList<Tensor> Averages => averages;

    /// <summary>Counts a step of the optimiser, and takes an average where one is due.</summary>
    public void Step()
    {
        Steps++;
        if (start is { } first && Steps > first && Steps % frequency!.Value == 0)
        {
            Update();
        }
    }

    /// <summary>Takes the present weights into the average.</summary>
    public void Update()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        TorchKernels.Invoke("lerp", averages, parameters, 1.0 / (Count + 1));
        Count++;
    }

    /// <summary>Exchanges the weights with the averages; a second call undoes the first.</summary>
    /// <exception cref="InvalidOperationException">No average was taken yet.</exception>
    public void Swap()
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("No average was taken yet; there is nothing to swap in.");
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        for (var i = 0; i < parameters.Length; i++)
        {
            var weights = parameters[i].clone();
            parameters[i].copy_(averages[i]);
            averages[i].copy_(weights);
        }
    }

    /// <summary>Goes on from averages that were read back into <see cref="Averages"/>.</summary>
    internal void Resume(int count) => Count = count;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var average in averages)
        {
            average.Dispose();
        }
    }
}
