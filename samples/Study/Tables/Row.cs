using Study.Cells;
using Study.Results;

namespace Study.Tables;

/// <summary>The cells of a block that differ by their seed alone.</summary>
/// <param name="Cell">One of them.</param>
/// <param name="Results">By seed, what has been measured.</param>
internal sealed record Row(Cell Cell, IReadOnlyDictionary<long, CellResult> Results)
{
    public IEnumerable<long> Seeds => Results.Keys.Order();

    /// <summary>A figure of a network in each measured run, in the order of the seeds.</summary>
    public double[] Of(string network, Func<Figures, double?> figure) => [.. Seeds
        .Select(seed => figure(Scored(network, seed)))
        .OfType<double>()];

    public Figures Scored(string network, long seed) => Results[seed].Networks[network].Scores[SetOf(Cell.Score)];

    public static string SetOf(ScoredPart part) => part == ScoredPart.HeldOut ? "held-out" : "validation";
}
