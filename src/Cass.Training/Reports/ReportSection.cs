namespace Cass.Training;

/// <summary>A section of a run's report that the program adds: pictures with captions, such as heat maps.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">What is to be known of the pictures, in a sentence or two; none where null.</param>
/// <param name="Pictures">The pictures, in order.</param>
public sealed record ReportSection(string Title, string? Note, IReadOnlyList<ReportPicture> Pictures);
