using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>A way to pretrain, as a change of the recommended settings; null for no pretraining.</summary>
internal sealed record PretrainingMethod(string Name, Action<PretrainingOptions>? Configure, CassRecipe? Recipe = null)
{
    public static IReadOnlyList<PretrainingMethod> All { get; } =
    [
        new("none", null),
        new("recommended", static _ => { }),
        new("across-networks", static o => o.Pairs = ComparedPairs.AcrossNetworks),
        new("small-crops", static o => o.MinCropScale = 0.3),
        new("large-batches", static o => (o.BatchSize, o.MinCropScale) = (64, 0.3)),
        new("barlow-twins", static o => o.Safeguard = CollapseSafeguard.Decorrelation),
        new("simsiam", static o => o.Safeguard = CollapseSafeguard.StopGradient),
        new("byol", static o => o.Safeguard = CollapseSafeguard.MomentumTeacher),
        new("published", static _ => { }, CassRecipe.Published),
        new("notebook", static _ => { }, CassRecipe.NotebookFaithful),
    ];

    public static PretrainingMethod Parse(string name) => All.FirstOrDefault(m => string.Equals(m.Name, name, StringComparison.Ordinal))
        ?? throw new CassInputException($"There is no method '{name}'{NearestNames.Suggest(name, All.Select(m => m.Name), otherwise: ".")}");
}
