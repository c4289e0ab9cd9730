using Cass.Metrics;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Accuracy and macro F1 of the most probable class, gathered batch by batch. There are none where an image has no label or
/// several; the tensors tell, without the host having to wait for each batch.
/// </summary>
internal sealed class SingleLabelScores : IDisposable
{
    private const string OthersState = "images_without_one_label";

    private readonly MultiLabelF1 counts = new(new LabelMetricOptions { Decision = DecisionRule.Argmax, Average = Averaging.Macro });
    private Tensor? others;
    private bool isIncomplete;

    /// <summary>Adds a batch.</summary>
    /// <param name="scores">Float [batch, classes], in [0, 1].</param>
    /// <param name="labels">The labels as they were given, [batch, classes] in [0, 1]: one is present above one half.</param>
    /// <param name="targets">What was learned from, the same or mixed with those of other images; the true class is the one with the largest share.</param>
    public void Update(Tensor scores, Tensor labels, Tensor targets)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        counts.Update(scores, targets.argmax(1));
        var without = labels.gt(KeptScalar.Of(0.5)).sum(1).ne(KeptScalar.One).sum();
        if (others is null)
        {
            others = without.DetachFromDisposeScope();
        }
        else
        {
            others.PlusInPlace(without);
        }
    }

    /// <summary>The figures over everything since the last reset.</summary>
    /// <returns>Share of images whose most probable class is theirs, and the mean of the classes' F1 of such predictions; null where an image has not exactly one label.</returns>
    public (double? Accuracy, double? MacroF1) Compute() => isIncomplete || others!.ReadInt64() > 0
        ? (null, null)
        : ((double)counts.Counts().Sum(c => c.TruePositives) / counts.Samples, counts.Compute());

    public void Reset()
    {
        counts.Reset();
        others?.Dispose();
        (others, isIncomplete) = (null, false);
    }

    /// <summary>A copy of what was gathered, for checkpoints; the caller disposes it.</summary>
    public IReadOnlyDictionary<string, Tensor> GetState()
    {
        var state = counts.GetState().ToDictionary(StringComparer.Ordinal);
        if (others is not null)
        {
            state[OthersState] = others.clone();
        }

        return state;
    }

    /// <summary>Takes up what was gathered before a checkpoint; of one that has nothing of it, there are no figures until the next reset.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Reset();
        isIncomplete = state.Count == 0;
        if (isIncomplete)
        {
            return;
        }

        counts.Merge(state.Where(e => !string.Equals(e.Key, OthersState, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal));
        others = state.TryGetValue(OthersState, out var saved) ? saved.clone().DetachFromDisposeScope() : null;
    }

    public void Dispose()
    {
        Reset();
        counts.Dispose();
    }
}
