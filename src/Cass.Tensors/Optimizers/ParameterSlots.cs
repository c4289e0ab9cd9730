using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>A parameter group with what an optimiser remembers of each parameter.</summary>
internal sealed class ParameterSlots : IDisposable
{
    private readonly string[] slotNames;
    private readonly Tensor[][] slots;

    public ParameterSlots(ParameterGroup group, params (string Name, Func<Tensor, Tensor> Create)[] slots)
    {
        WeightDecay = group.WeightDecay;
        LearningRateScale = group.LearningRateScale;
        Names = [.. group.Parameters.Select(p => p.Key)];
        Parameters = [.. group.Parameters.Select(p => (Tensor)p.Value)];
        slotNames = [.. slots.Select(s => s.Name)];
        using var guard = no_grad();
        this.slots = [.. slots.Select(s => Parameters.Select(p => s.Create(p).DetachFromDisposeScope()).ToArray())];
    }

    public double WeightDecay { get; }

    public double LearningRateScale { get; }

    public string[] Names { get; }

    public Tensor[] Parameters { get; }

    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        from i in Enumerable.Range(0, Names.Length)
        from s in Enumerable.Range(0, slots.Length)
        select new KeyValuePair<string, Tensor>($"{Names[i]}.{slotNames[s]}", slots[s][i]);

    public static IReadOnlyList<ParameterSlots> Create(IEnumerable<ParameterGroup> groups, params (string Name, Func<Tensor, Tensor> Create)[] slots)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var given = groups.Where(g => g.Parameters.Count > 0).ToList();
        if (given.Count == 0)
        {
            throw new ArgumentException("An optimiser needs at least one parameter.", nameof(groups));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in given.SelectMany(g => g.Parameters))
        {
            if (!names.Add(name))
            {
                throw new ArgumentException($"The parameter '{name}' is given twice.", nameof(groups));
            }
        }

        return [.. given.Select(g => new ParameterSlots(g, slots))];
    }

    /// <summary>The parameters that have a gradient, their gradients, and their slots; null where none has.</summary>
    public (Tensor[] Parameters, Tensor[] Gradients, Tensor[][] Slots)? WithGradients()
    {
        var gradients = new Tensor?[Parameters.Length];
        var count = 0;
        for (var i = 0; i < Parameters.Length; i++)
        {
            gradients[i] = Parameters[i].grad is { } gradient ? InTheOrderOf(Parameters[i], gradient) : null;
            count += gradients[i] is null ? 0 : 1;
        }

        return count == 0 ? null : (Present(Parameters), Present(gradients!), [.. slots.Select(Present)]);

        Tensor[] Present(Tensor[] tensors) => count == tensors.Length
            ? tensors
            : [.. tensors.Where((_, i) => gradients[i] is not null)];
    }

    /// <summary>
    /// Kernels that run over several tensors at once walk through memory, and so a gradient has to lie there as its
    /// parameter does. Backward passes see to that; gradients that were set may be otherwise.
    /// </summary>
    private static Tensor InTheOrderOf(Tensor parameter, Tensor gradient)
    {
        if (parameter.dim() < 2 || LieAlike(parameter, gradient))
        {
            return gradient;
        }

        using var guard = no_grad();
        parameter.grad = empty_like(parameter).copy_(gradient);
        return parameter.grad!;
    }

    /// <summary>Whether elements follow one another alike; an axis of one element, as of 1×1 kernels, has no part in it.</summary>
    private static bool LieAlike(Tensor parameter, Tensor gradient)
    {
        var (shape, wanted, present) = (parameter.shape, parameter.stride(), gradient.stride());
        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] != 1 && wanted[i] != present[i])
            {
                return false;
            }
        }

        return true;
    }

    public void ZeroGrad()
    {
        foreach (var parameter in Parameters)
        {
            parameter.grad = null;
        }
    }

    public void Dispose()
    {
        foreach (var tensor in slots.SelectMany(s => s))
        {
            tensor.Dispose();
        }
    }
}
