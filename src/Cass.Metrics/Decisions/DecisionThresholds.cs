namespace Cass.Metrics;

/// <summary>
/// The probability that a label's score must exceed for the label to be predicted: one for all classes, or one each.
/// </summary>
public sealed class DecisionThresholds : IEquatable<DecisionThresholds>
{
    private readonly double[] values;

    private DecisionThresholds(double[] values, bool uniform)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= 0 && values[i] <= 1))
            {
                throw new CassInputException($"The threshold of {(uniform ? "all classes" : $"class {i}")} is {values[i]}; thresholds are probabilities in [0, 1].");
            }
        }

        this.values = values;
        IsUniform = uniform;
    }

    /// <summary>0.5 for all classes: what CASS publishes.</summary>
    public static DecisionThresholds Half { get; } = Uniform(0.5);

    /// <summary>Whether there is one threshold for all classes.</summary>
    public bool IsUniform { get; }

    /// <summary>The thresholds by class; a single one where <see cref="IsUniform"/>.</summary>
    public IReadOnlyList<double> Values => values;

    /// <summary>One threshold for all classes.</summary>
    /// <param name="threshold">A probability in [0, 1].</param>
    /// <returns>The thresholds.</returns>
    /// <exception cref="CassInputException">The threshold is not in [0, 1].</exception>
    public static DecisionThresholds Uniform(double threshold) => new([threshold], uniform: true);

    /// <summary>One threshold for each class.</summary>
    /// <param name="thresholds">Probabilities in [0, 1], by class; at least one.</param>
    /// <returns>The thresholds.</returns>
    /// <exception cref="CassInputException">A threshold is not in [0, 1].</exception>
    public static DecisionThresholds PerClass(IEnumerable<double> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        double[] perClass = [.. thresholds];
        return perClass.Length == 0
            ? throw new ArgumentException("There are no thresholds; give one a class.", nameof(thresholds))
            : new DecisionThresholds(perClass, uniform: false);
    }

    /// <summary>The threshold of a class.</summary>
    /// <param name="classId">The class, from 0.</param>
    public double this[int classId] => IsUniform ? values[0] : values[classId];

    internal void RequireFit(string metric, DecisionRule decision, long classes)
    {
        if (decision == DecisionRule.Threshold && !IsUniform && values.Length != classes)
        {
            throw new ArgumentException(
                $"{metric}: there are {values.Length} thresholds for [batch, {classes}] scores; it must be one for each of the {classes} classes.",
                nameof(classes));
        }
    }

    /// <inheritdoc/>
    public bool Equals(DecisionThresholds? other) => other is not null && IsUniform == other.IsUniform && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DecisionThresholds);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(IsUniform);
        foreach (var value in values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => IsUniform ? $"{values[0]}" : $"[{string.Join(", ", values)}]";
}
