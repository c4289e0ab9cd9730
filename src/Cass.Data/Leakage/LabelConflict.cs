namespace Cass.Data;

/// <summary>Two equal images, byte for byte or pixel for pixel, that have different labels: at least one of them is wrong.</summary>
/// <param name="FirstPart">Name of the part that the first image is in.</param>
/// <param name="FirstImage">Name of the first image; a path, for a file.</param>
/// <param name="FirstLabels">Its labels; empty where it has none.</param>
/// <param name="SecondPart">Name of the part that the second image is in.</param>
/// <param name="SecondImage">Name of the second image.</param>
/// <param name="SecondLabels">Its labels.</param>
public sealed record LabelConflict(
    string FirstPart,
    string FirstImage,
    IReadOnlyList<string> FirstLabels,
    string SecondPart,
    string SecondImage,
    IReadOnlyList<string> SecondLabels)
{
    /// <summary>Both images with their labels.</summary>
    /// <returns>Such as <c>'a.png' (glioma) and 'b.png' (notumor)</c>.</returns>
    public override string ToString() => $"'{FirstImage}' ({Named(FirstLabels)}) and '{SecondImage}' ({Named(SecondLabels)})";

    private static string Named(IReadOnlyList<string> labels) => labels.Count == 0 ? "no label" : string.Join(", ", labels);
}
