namespace Cass.Onnx;

/// <summary>A tensor of a graph: an input, or the output of a node.</summary>
/// <param name="Name">Its name, once in the graph.</param>
/// <param name="Shape">Its dimensions; null for one that is known when the model runs, as the batch is.</param>
public sealed record OnnxValue(string Name, IReadOnlyList<long?> Shape)
{
    /// <summary>Number of dimensions.</summary>
    public int Rank => Shape.Count;

    /// <summary>A dimension that must be known.</summary>
    /// <param name="index">Which, from 0; from the end where negative.</param>
    /// <returns>Its size.</returns>
    /// <exception cref="InvalidOperationException">It is known only when the model runs.</exception>
    public long Size(int index) => Shape[index < 0 ? index + Rank : index]
        ?? throw new InvalidOperationException($"Dimension {index} of '{Name}' is known only when the model runs; its shape is {this}.");

    /// <summary>Such as <c>conv1 [?, 64, 32, 32]</c>.</summary>
    /// <returns>Name and shape.</returns>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape.Select(size => size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"))}]";
}
