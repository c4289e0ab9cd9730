namespace Cass.Data;

/// <summary>Two parts of a dataset, as positions in it.</summary>
/// <param name="Train">Positions to train on.</param>
/// <param name="Test">Positions to test on; none of them is in <paramref name="Train"/>.</param>
public sealed record IndexSplit(IReadOnlyList<int> Train, IReadOnlyList<int> Test);
