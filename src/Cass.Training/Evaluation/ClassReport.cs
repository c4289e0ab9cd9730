namespace Cass.Training;

/// <summary>How one class fared.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Images">Images that carry it.</param>
/// <param name="Precision">Share of its predictions that are right; 0 where it was never predicted.</param>
/// <param name="Recall">Share of its images that were found; 0 where it has none.</param>
/// <param name="F1">Harmonic mean of the two; 0 where both are.</param>
public sealed record ClassReport(string Label, int Images, double Precision, double Recall, double F1);
