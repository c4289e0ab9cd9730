using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// What the metrics of this package share: their state is a few tensors on the device of the scores, adding a batch is
/// a handful of kernels that the host does not wait for, and states merge, so that parts of a dataset can be scored
/// apart.
/// </summary>
/// <remarks>
/// <para>Scores are float [batch, classes] (half and bfloat16 are widened to float32, which is exact). Targets are
/// [batch, classes] of 0 and 1 in any real type or bool, or Int64 class indices [batch].</para>
/// <para>Shapes, types and devices are checked at every <see cref="Update"/>. Values (NaN scores, probabilities outside
/// [0, 1], targets that are not 0 or 1) are checked at once on the CPU, and the offending batch leaves no trace. On
/// other devices, where a look at values would make the host wait, they raise a flag on the device that
/// <see cref="Compute"/> reports as an exception.</para>
/// <para>Not safe for concurrent use.</para>
/// </remarks>
public abstract class Metric : IMetric
{
    private const string ScoreMinimum = "score_minimum";
    private const string ScoreMaximum = "score_maximum";
    private const string InvalidTargets = "invalid_targets";
    private const string SampleCount = "samples";

    private readonly Dictionary<string, Tensor> state = new(StringComparer.Ordinal);
    private readonly BatchValidation validation;
    private Device? device;

    private protected Metric(string name, ScoreKind scoreKind, bool singleLabel)
    {
        Name = name;
        validation = new BatchValidation(name, scoreKind, singleLabel);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Number of samples since the last <see cref="Reset"/>.</summary>
    public long Samples { get; private set; }

    /// <summary>Number of classes, from the first batch since the last <see cref="Reset"/>; 0 before it.</summary>
    public long Classes { get; private set; }

    /// <summary>Checks values at <see cref="Compute"/> on the CPU too, as is done on other devices.</summary>
    internal bool ChecksValuesLater { get; init; }

    /// <summary>What must be equal for two metrics to be merged.</summary>
    private protected abstract object Settings { get; }

    /// <summary>Adds a batch.</summary>
    /// <param name="scores">Float [batch, classes]: probabilities by default, or what the metric's score kind says.</param>
    /// <param name="targets">[batch, classes] of 0 and 1, or Int64 class indices [batch]; on the scores' device.</param>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another or the batches before.</exception>
    /// <exception cref="CassInputException">On the CPU: a value is NaN or out of its range.</exception>
    public void Update(Tensor scores, Tensor targets)
    {
        MetricArguments.RequireScores(Name, scores, targets);
        RequireFit(scores);
        RequireClasses(scores.shape[1]);
        if (scores.shape[0] == 0)
        {
            return;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = MetricArguments.ToComputeType(scores.detach());
        var (labels, invalid) = validation.ReadTargets(targets.detach(), values.shape[1]);
        var (minimum, maximum) = values.aminmax();
        var checkLater = ChecksLater(values.device);
        if (!checkLater)
        {
            validation.RequireScores(minimum.ReadDouble(), maximum.ReadDouble(), MetricArguments.ShapeOf(scores));
            validation.RequireTargets(invalid is not null && invalid.ReadBoolean(), MetricArguments.ShapeOf(targets));
        }

        if (device is null)
        {
            Start(values.shape[1], values.device);
        }

        if (checkLater)
        {
            Replace(ScoreMinimum, minimum.to(ScalarType.Float32).minimum(state[ScoreMinimum]));
            Replace(ScoreMaximum, maximum.to(ScalarType.Float32).maximum(state[ScoreMaximum]));
            if (invalid is not null)
            {
                state[InvalidTargets].bitwise_or_(invalid);
            }
        }

        Accumulate(values, labels);
        Samples += values.shape[0];
    }

    /// <summary>The figure over everything since the last <see cref="Reset"/>.</summary>
    /// <returns>The figure; NaN only where the metric's documentation says so.</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since.</exception>
    /// <exception cref="CassInputException">A batch on a device other than the CPU held a value that is NaN or out of its range.</exception>
    public double Compute()
    {
        RequireReadable();
        using var scope = NewDisposeScope();
        return ComputeFigure();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (var tensor in state.Values)
        {
            tensor.Dispose();
        }

        state.Clear();
        device = null;
        Samples = 0;
        Classes = 0;
    }

    /// <summary>Adds what another metric of the same kind and settings has seen, as if its batches had come here.</summary>
    /// <param name="other">The other metric; it stays as it is.</param>
    /// <exception cref="ArgumentException">It is of another kind, has other settings or another number of classes.</exception>
    public void Merge(Metric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.GetType() != GetType() || !Settings.Equals(other.Settings))
        {
            throw new ArgumentException($"{Name} ({Settings}) cannot take in {other.Name} ({other.Settings}); both must be of one kind with the same settings.", nameof(other));
        }

        if (other.Samples > 0)
        {
            MergeTensors(other.state, other.Samples, other.Classes, other.device!);
        }
    }

    /// <summary>
    /// Adds a state from <see cref="GetState"/>, such as one received from another process. Its metric must have been of
    /// the same kind with the same settings, which a state does not tell.
    /// </summary>
    /// <param name="other">The state; it stays as it is.</param>
    /// <exception cref="ArgumentException">It is not the state of such a metric, or of another number of classes.</exception>
    public void Merge(IReadOnlyDictionary<string, Tensor> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!other.TryGetValue(SampleCount, out var count) || count.numel() != 2 || count.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"{Name}: the state has no Int64 tensor '{SampleCount}' of two values; it must come from {nameof(GetState)}.", nameof(other));
        }

        using var scope = NewDisposeScope();
        var counts = count.cpu().data<long>();
        var (samples, classes) = (counts[0], counts[1]);
        if (samples > 0)
        {
            var tensors = other.Where(entry => !string.Equals(entry.Key, SampleCount, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
            MergeTensors(tensors, samples, classes, tensors.Count == 0 ? CPU : tensors.Values.First().device);
        }
    }

    /// <summary>A copy of the state, to be sent elsewhere and merged there.</summary>
    /// <returns>Tensors by name, which the caller disposes; their number and shapes depend on the metric.</returns>
    public IReadOnlyDictionary<string, Tensor> GetState()
    {
        var copy = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [SampleCount] = tensor([Samples, Classes], ScalarType.Int64),
        };
        foreach (var (name, value) in state)
        {
            copy[name] = Exported(name, value);
        }

        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the state.</summary>
    /// <param name="disposing">True where called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Reset();
        }
    }

    /// <summary>The tensors that an empty metric starts from, within the caller's dispose scope.</summary>
    private protected abstract IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice);

    /// <summary>Adds float32 or float64 scores and bool labels of [batch, classes], within the caller's dispose scope.</summary>
    private protected abstract void Accumulate(Tensor scores, Tensor labels);

    /// <summary>The figure, within the caller's dispose scope.</summary>
    private protected abstract double ComputeFigure();

    /// <summary>Merges one tensor of another metric's state, already on this device, within the caller's dispose scope.</summary>
    private protected virtual void MergeTensor(string name, Tensor other) => state[name].PlusInPlace(other);

    /// <summary>A tensor of the state as others may see it.</summary>
    private protected virtual Tensor Exported(string name, Tensor value) => value.clone();

    /// <summary>Rejects a number of classes that the metric's settings do not fit.</summary>
    private protected virtual void RequireClasses(long classes)
    {
    }

    /// <summary>A batch as <see cref="Accumulate"/> gets it, its values unchecked, within the caller's dispose scope.</summary>
    private protected (Tensor Scores, Tensor Labels) Read(Tensor scores, Tensor targets)
    {
        var values = MetricArguments.ToComputeType(scores.detach());
        return (values, validation.ReadTargets(targets.detach(), values.shape[1]).Labels);
    }

    /// <summary>A tensor of the state.</summary>
    private protected Tensor State(string name) => state[name];

    /// <summary>Puts another tensor in the place of one of the state's.</summary>
    private protected void Replace(string name, Tensor value)
    {
        var old = state[name];
        state[name] = value.DetachFromDisposeScope();
        old.Dispose();
    }

    /// <summary>Rejects reading a metric that is empty or has been given impossible values.</summary>
    private protected void RequireReadable()
    {
        if (device is null)
        {
            throw new InvalidOperationException($"{Name}: no sample has been added since the metric was created or reset; call {nameof(Update)} first.");
        }

        if (state.TryGetValue(InvalidTargets, out var invalid))
        {
            validation.RequireScores(state[ScoreMinimum].ReadDouble(), state[ScoreMaximum].ReadDouble(), "of a batch");
            validation.RequireTargets(invalid.ReadBoolean(), "of a batch");
        }
    }

    private static Tensor On(Tensor tensor, Device target) => MetricArguments.SameDevice(tensor.device, target) ? tensor.alias() : tensor.to(target);

    private bool ChecksLater(Device valuesDevice) => ChecksValuesLater || valuesDevice.type != DeviceType.CPU;

    private void Start(long classes, Device stateDevice)
    {
        device = stateDevice;
        Classes = classes;
        foreach (var (name, value) in CreateState(classes, stateDevice))
        {
            state[name] = value.DetachFromDisposeScope();
        }

        if (ChecksLater(stateDevice))
        {
            state[ScoreMinimum] = tensor(float.PositiveInfinity, device: stateDevice).DetachFromDisposeScope();
            state[ScoreMaximum] = tensor(float.NegativeInfinity, device: stateDevice).DetachFromDisposeScope();
            state[InvalidTargets] = zeros(1, ScalarType.Bool, stateDevice).squeeze(0).DetachFromDisposeScope();
        }
    }

    private void MergeTensors(IReadOnlyDictionary<string, Tensor> other, long samples, long classes, Device otherDevice)
    {
        RequireClasses(classes);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (device is null)
        {
            Start(classes, otherDevice);
        }
        else if (classes != Classes)
        {
            throw new ArgumentException($"{Name}: {Classes} classes cannot be merged with {classes}.", nameof(other));
        }

        foreach (var (name, value) in other)
        {
            var here = On(value, device!);
            switch (name)
            {
                case ScoreMinimum when state.ContainsKey(name):
                    Replace(name, state[name].minimum(here));
                    break;
                case ScoreMaximum when state.ContainsKey(name):
                    Replace(name, state[name].maximum(here));
                    break;
                case InvalidTargets when state.ContainsKey(name):
                    state[name].bitwise_or_(here);
                    break;
                case ScoreMinimum or ScoreMaximum or InvalidTargets:
                    state[name] = here.clone().DetachFromDisposeScope();
                    break;
                case var _ when !state.ContainsKey(name):
                    throw new ArgumentException($"{Name}: the state to merge has a tensor '{name}', which is not of this metric.", nameof(other));
                default:
                    MergeTensor(name, here);
                    break;
            }
        }

        Samples += samples;
    }

    private void RequireFit(Tensor scores)
    {
        if (device is null)
        {
            return;
        }

        if (scores.shape[1] != Classes)
        {
            throw new ArgumentException(
                $"{Name}: scores are {MetricArguments.ShapeOf(scores)} after batches of [batch, {Classes}]; call {nameof(Reset)} before another number of classes.",
                nameof(scores));
        }

        if (!MetricArguments.SameDevice(scores.device, device))
        {
            throw new ArgumentException(
                $"{Name}: scores {MetricArguments.ShapeOf(scores)} are on {scores.device} after batches on {device}; call {nameof(Reset)} before another device.",
                nameof(scores));
        }
    }
}
