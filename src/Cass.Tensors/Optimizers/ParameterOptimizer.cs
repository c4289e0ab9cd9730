using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>An optimiser that runs its update over all parameters of a group at once.</summary>
public abstract class ParameterOptimizer : IOptimizer
{
    private readonly IReadOnlyList<ParameterSlots> groups;

    private protected ParameterOptimizer(double learningRate, IReadOnlyList<ParameterSlots> groups)
    {
        LearningRate = learningRate;
        this.groups = groups;
    }

    /// <inheritdoc/>
    public double LearningRate { get; set; }

    /// <inheritdoc/>
    public double WeightDecayScale { get; set; } = 1;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State => groups.SelectMany(g => g.State);

    /// <inheritdoc/>
    public void Step()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in groups)
        {
            if (group.WithGradients() is var (parameters, gradients, slots))
            {
                Update(parameters, gradients, slots, LearningRate * group.LearningRateScale, group.WeightDecay * WeightDecayScale);
            }
        }
    }

    /// <inheritdoc/>
    public double GradientNorm()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var gradients = Gradients();
        return gradients.Length == 0 ? 0 : TorchKernels.Norm(gradients).ReadDouble();
    }

    /// <inheritdoc/>
    public double ClipGradients(double maxNorm)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var gradients = Gradients();
        if (gradients.Length == 0)
        {
            return 0;
        }

        var norm = TorchKernels.Norm(gradients);
        TorchKernels.Invoke("scale", gradients, norm.Plus(1e-6).reciprocal().Times(maxNorm).clamp_max(KeptScalar.One));
        return norm.ReadDouble();
    }

    /// <inheritdoc/>
    public void ZeroGrad()
    {
        foreach (var group in groups)
        {
            group.ZeroGrad();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var group in groups)
        {
            group.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private Tensor[] Gradients() => [.. groups.SelectMany(g => g.WithGradients()?.Gradients ?? [])];

    private protected abstract void Update(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, double learningRate, double weightDecay);
}
