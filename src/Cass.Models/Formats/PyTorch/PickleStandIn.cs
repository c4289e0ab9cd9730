namespace Cass.Models;

/// <summary>What stands in a pickle's place for a class or function that is not known here, for its objects and for its results: nothing of it is run or kept but its name.</summary>
/// <param name="Module">Its Python module.</param>
/// <param name="Name">Its name there.</param>
internal sealed record PickleStandIn(string Module, string Name)
{
    private const int MaxLength = 100;

    /// <inheritdoc/>
    public override string ToString() => $"'{Shortened(Module)}.{Shortened(Name)}'";

    private static string Shortened(string text) => text.Length <= MaxLength ? text : text[..MaxLength];
}
