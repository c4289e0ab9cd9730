namespace Cass.Data;

/// <summary>An image that was left out because it could not be read.</summary>
/// <param name="Index">Its position in the dataset.</param>
/// <param name="Name">What it is called; a path, for a file.</param>
/// <param name="Reason">Why it could not be read.</param>
public sealed record SkippedImage(int Index, string Name, string Reason);
