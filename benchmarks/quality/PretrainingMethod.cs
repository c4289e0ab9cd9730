using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>
/// A way to pretrain, as a change of the recommended settings; null for no pretraining. All of them are CASS: two
/// architectures that learn from one another, by different losses.
/// </summary>
internal sealed record PretrainingMethod(string Name, Action<CassOptions>? Configure, CassRecipe? Recipe = null)
{
    public const string None = "none";

    public static IReadOnlyList<PretrainingMethod> All { get; } =
    [
        new(None, null),
        new("recommended", static _ => { }),
        new("across-networks", static o => o.Method.Pairs = ComparedPairs.AcrossNetworks),
        new("small-crops", static o => o.Method.MinCropScale = 0.3),
        new("large-batches", static o => (o.Pretraining.BatchSize, o.Method.MinCropScale) = (64, 0.3)),
        new("cass-barlow-twins", static o => o.Method.Safeguard = CollapseSafeguard.BarlowTwins),
        new("cass-simsiam", static o => o.Method.Safeguard = CollapseSafeguard.SimSiam),
        new("cass-byol", static o => o.Method.Safeguard = CollapseSafeguard.Byol),
        new("published", static _ => { }, CassRecipe.Published),
        new("authors-release", static _ => { }, CassRecipe.AuthorsRelease),
        new("notebook", static _ => { }, CassRecipe.NotebookFaithful),
    ];

    public static PretrainingMethod Parse(string name) => All.FirstOrDefault(m => string.Equals(m.Name, name, StringComparison.Ordinal))
        ?? throw new CassInputException($"There is no method '{name}'{NearestNames.Suggest(name, All.Select(m => m.Name), otherwise: ".")}");
}
