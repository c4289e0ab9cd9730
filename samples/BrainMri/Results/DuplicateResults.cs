using BrainMri.Data;
using Cass.Data;

namespace BrainMri.Results;

/// <summary>Images that come up more than once.</summary>
/// <param name="Split">How the images were split, in words.</param>
/// <param name="Clusters">Number of clusters that they were split by; null where each was drawn alone.</param>
/// <param name="LargestCluster">Images of the largest one.</param>
/// <param name="Overlaps">How many images of each part are known from each part before it, before any were left out.</param>
/// <param name="Copies">How many images each part has more than once.</param>
/// <param name="Conflicts">Equal images with different labels.</param>
/// <param name="LeftOut">Images that were left out, by part; empty where none were asked to be.</param>
internal sealed record DuplicateResults(
    string Split,
    int? Clusters,
    int? LargestCluster,
    IReadOnlyList<PartOverlap> Overlaps,
    IReadOnlyList<PartCopies> Copies,
    IReadOnlyList<LabelConflict> Conflicts,
    IReadOnlyDictionary<string, int> LeftOut)
{
    public static DuplicateResults Of(CheckedImages check) => new(
        check.Method,
        check.Clusters?.Count,
        check.Clusters?.Largest.Count,
        check.Found.Overlaps,
        check.Found.Copies,
        check.Found.Conflicts,
        check.LeftOut);
}
