namespace Cass.Models;

/// <summary>A tensor that was adapted on loading.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="From">Its shape in the file.</param>
/// <param name="To">Its shape in the network.</param>
/// <param name="Description">What was done.</param>
public sealed record WeightAdaptation(string Name, IReadOnlyList<long> From, IReadOnlyList<long> To, string Description)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Description}, [{string.Join(", ", From)}] to [{string.Join(", ", To)}]";
}
